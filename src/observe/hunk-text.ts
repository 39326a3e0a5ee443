/**
 * The three texts of a conflict as lines that can be compared by eye, the same in a terminal and in a report:
 *
 * ```
 * base    41 | const limit = 10
 * target  43 | const limit = 20
 * work    41 | const limit = read('limit')
 * ```
 */
import type { Hunk, HunkSide } from '../model/landing.ts'
import { neutralise } from './neutralise.ts'
import { count } from './units.ts'

const SIDES = ['base', 'target', 'work'] as const

/** One place; at most `linesMax` lines of each side. */
export function hunkText(hunk: Hunk, linesMax: number): string[] {
  return SIDES.flatMap((name) => sideText(name, hunk[name], linesMax))
}

function sideText(name: string, side: HunkSide | null, linesMax: number): string[] {
  const label = name.padEnd(7)
  if (side === null) return [`${label}   - | (no such file)`]
  const at = (offset: number): string => String(side.start + offset).padStart(4)
  if (side.lines.length === 0) return [`${label}${at(0)} | (nothing)`]
  const shown = side.lines.slice(0, linesMax)
  const hidden = side.lines.length - shown.length + side.cut
  const rows = shown.map((line, index) => {
    const text = neutralise(line.replaceAll('\t', '    ').replace(/\r$/, ''))
    return `${index === 0 ? label : ' '.repeat(7)}${at(index)} | ${text}`.trimEnd()
  })
  return [...rows, ...(hidden > 0 ? [`${' '.repeat(11)} | (and ${count(hidden, 'line')} more)`] : [])]
}
