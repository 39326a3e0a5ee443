/**
 * How a failure prints: what it is in one line that stands alone, then what was found, what was tried, what is safe,
 * and the command to type next.
 *
 * ```
 * E501 the gate is red for ws-09
 *   what    npm test: exit 1
 *   tried   attempt 1 (claude), attempt 2 (claude)
 *   safe    work kept at refs/sluice/wip/ws-09/2
 *   next    sluice logs ws-09   (more: sluice explain E501)
 * ```
 */
import type { Failure } from '../model/failure.ts'
import { oneLine } from './neutralise.ts'
import { paint, PLAIN, type Style } from './style.ts'

const LINE_MAX = 500

/** Evidence lines of one kind that a terminal shows; all of them are in the JSON document. */
const LINES_MAX = 6

/** Keys of `details` that are shown, in this order; each holds a string or a list of strings. */
const SHOWN = ['what', 'paths', 'tried', 'safe'] as const

export function failureText(failure: Failure, style: Style = PLAIN): string[] {
  const isWarning = failure.code.startsWith('W')
  const head = `${failure.code} ${oneLine(failure.message, LINE_MAX)}`
  const more = `sluice explain ${failure.code}`
  const next = failure.fix === undefined ? more : `${oneLine(failure.fix, LINE_MAX)}   (more: ${more})`
  return [
    paint(style, isWarning ? 'yellow' : 'red', head),
    ...SHOWN.flatMap((key) => evidence(key, failure.details?.[key])),
    `  next    ${next}`,
  ]
}

function evidence(label: string, value: unknown): string[] {
  const all = (Array.isArray(value) ? value : [value]).filter(
    (item): item is string => typeof item === 'string' && item !== '',
  )
  const lines = all.slice(0, LINES_MAX).map((item) => oneLine(item, LINE_MAX))
  if (all.length > LINES_MAX) lines.push(`and ${all.length - LINES_MAX} more`)
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(8)}${line}`)
}
