/** A line of the summary: what was found, beside what was to be found. */
export interface Line {
  what: string
  found: string
  target: string
  ok: boolean
}

export function line(what: string, found: string, target: string, ok: boolean): Line {
  return { what, found, target, ok }
}

/** With MISSED where it is. */
export function lineText({ what, found, target, ok }: Line): string {
  return `${what}: ${found} (target ${target})${ok ? '' : ' MISSED'}`
}
