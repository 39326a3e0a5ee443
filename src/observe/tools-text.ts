/** `sluice tools` for a terminal of 80 columns: a row for each tool, and below it what keeps a run from using it. */
import type { Pause } from '../model/pause.ts'
import type { ToolChoice } from '../model/run.ts'
import { COLUMNS } from '../tools/abilities.ts'
import { isUsable, type ToolRow } from '../tools/registry.ts'
import type { Detection } from '../tools/tool.ts'
import { pauseText } from './pause-text.ts'

type ToolPause = Extract<Pause, { of: 'tool' }>

export interface ToolsText {
  rows: readonly ToolRow[]
  /** `tools.order`. */
  order: readonly string[]
  /** What a person has said about tools in the run that would go on. */
  choice: ToolChoice
  /** Tools that the run at work does not offer now. */
  paused: ReadonlyMap<string, ToolPause>
}

const KEY: Readonly<Record<Detection['auth'], string>> = {
  found: 'found',
  missing: 'missing',
  unknown: '?',
  'not-needed': '-',
}

export function toolsText(text: ToolsText): string[] {
  const { rows, order } = text
  const heads = ['TOOL', 'ORDER', 'HERE', 'VERSION', 'KEY', ...COLUMNS.map(({ heading }) => heading)]
  const cells = rows.map((row) => {
    const { id, installed, version, auth, abilities } = row
    const place = order.includes(id) ? String(order.indexOf(id) + 1) : '-'
    const own = [id, place, installed ? 'yes' : 'no', version ?? '-', KEY[auth]]
    return [...own, ...COLUMNS.map(({ cell }) => cell(abilities))]
  })
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  const indent = ' '.repeat(widths[0]! + 2)
  return [
    line(heads),
    ...rows.flatMap((row, index) => [line(cells[index]!), ...notesOf(row, text).map((note) => `${indent}${note}`)]),
  ]
}

function notesOf(row: ToolRow, { order, choice, paused }: ToolsText): string[] {
  const pause = paused.get(row.id)
  const isLeftOut = isUsable(row) && !order.includes(row.id)
  return [
    ...(row.reason === null ? [] : [row.reason]),
    ...(isLeftOut ? ['not in tools.order, so no run takes it'] : []),
    ...(choice.forbidden.includes(row.id) ? [`forbidden in this run: sluice tools allow ${row.id}`] : []),
    ...(choice.first === row.id
      ? [`first for every workstream of this run: sluice tools allow ${row.id} ends that`]
      : []),
    ...(pause === undefined ? [] : [pauseText(pause)]),
  ]
}
