/** One line of a benchmark: what was measured, and what it was meant to be. */
export interface Row {
  name: string
  value: number
  /** `s`, `ms`, `MB`, or `x` for a ratio. */
  unit: string
  /** The most that is fine, in the same unit. */
  target: number
  ok: boolean
}

/** A row, judged: smaller is better. */
export function rowOf(name: string, value: number, unit: string, target: number): Row {
  return { name, value, unit, target, ok: value <= target }
}

/** `name: 1.23 s (target 2 s)`, with MISSED where it is. */
export function rowText({ name, value, unit, target, ok }: Row): string {
  const shown = value >= 100 ? value.toFixed(0) : value.toPrecision(3)
  return `${name}: ${shown} ${unit} (target ${target} ${unit})${ok ? '' : ' MISSED'}`
}
