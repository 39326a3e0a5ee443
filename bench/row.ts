/** One line of a benchmark: what was measured, and what it was meant to be. */
export interface Row {
  name: string
  value: number
  /** `s`, `ms`, `MB`, `x` for a ratio, or `share` for a part of a whole. */
  unit: string
  /** The most that is fine (or the least, where more is better), in the same unit. */
  target: number
  best: 'low' | 'high'
  ok: boolean
}

/** A row, judged: smaller is better. */
export function rowOf(name: string, value: number, unit: string, target: number): Row {
  return { name, value, unit, target, best: 'low', ok: value <= target }
}

/** A row, judged: greater is better. What was not measured (0 of 0) is not good. */
export function atLeast(name: string, value: number, unit: string, target: number): Row {
  return { name, value, unit, target, best: 'high', ok: value >= target }
}

/** `name: 1.23 s (target 2 s)`, with MISSED where it is. */
export function rowText({ name, value, unit, target, ok }: Row): string {
  const shown = value >= 100 ? value.toFixed(0) : value.toPrecision(3)
  return `${name}: ${shown} ${unit} (target ${target} ${unit})${ok ? '' : ' MISSED'}`
}
