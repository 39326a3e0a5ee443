/**
 * Where two sides changed the same lines of a text, as git's merge sees it: changes that overlap or touch are one
 * place, places where both sides say the same are none. From the line ranges that `diff -U0` gives; no text is parsed
 * out of markers, so each side keeps its own line numbers.
 */

/** A changed range: lines of the old text, replaced by lines of the new one. From 0, `count` may be 0. */
export interface Edit {
  start: number
  count: number
  newStart: number
  newCount: number
}

/** Lines from `start` (from 0) up to `end`, not included. */
export interface Span {
  start: number
  end: number
}

export interface Place {
  base: Span
  target: Span
  work: Span
}

/** Places that both sides changed, in order. `target` and `work` are the edits that lead from the base to each side. */
export function commonPlaces(target: readonly Edit[], work: readonly Edit[]): Place[] {
  const places: Place[] = []
  const sides = { target: new Side(target), work: new Side(work) }
  for (;;) {
    const starts = [sides.target.next?.start, sides.work.next?.start].filter((start) => start !== undefined)
    if (starts.length === 0) return places
    const base: Span = { start: Math.min(...starts), end: Math.min(...starts) }
    const before = { target: sides.target.shift, work: sides.work.shift }
    const taken = { target: 0, work: 0 }
    for (let grew = true; grew;) {
      grew = false
      for (const name of ['target', 'work'] as const) {
        const edit = sides[name].next
        if (edit === undefined || edit.start > base.end) continue
        sides[name].take()
        base.end = Math.max(base.end, edit.start + edit.count)
        taken[name] += 1
        grew = true
      }
    }
    if (taken.target === 0 || taken.work === 0) continue
    const spanOf = (name: 'target' | 'work'): Span => ({
      start: base.start + before[name],
      end: base.end + sides[name].shift,
    })
    places.push({ base, target: spanOf('target'), work: spanOf('work') })
  }
}

/** The edits of one side, taken one by one. */
class Side {
  readonly #edits: readonly Edit[]
  #at = 0
  /** By how much lines of the base have moved in this side, behind what was taken. */
  shift = 0

  constructor(edits: readonly Edit[]) {
    this.#edits = edits
  }

  get next(): Edit | undefined {
    return this.#edits[this.#at]
  }

  take(): void {
    const edit = this.#edits[this.#at++]!
    this.shift += edit.newCount - edit.count
  }
}

/**
 * Without the lines that both sides begin and end with alike; null when nothing is left to choose between. The base
 * stays whole, as in git's `zdiff3`.
 */
export function withoutSame(place: Place, target: readonly string[], work: readonly string[]): Place | null {
  const [a, b] = [{ ...place.target }, { ...place.work }]
  while (a.start < a.end && b.start < b.end && target[a.start] === work[b.start]) {
    a.start += 1
    b.start += 1
  }
  while (a.start < a.end && b.start < b.end && target[a.end - 1] === work[b.end - 1]) {
    a.end -= 1
    b.end -= 1
  }
  const isSame = a.start === a.end && b.start === b.end
  return isSame ? null : { base: place.base, target: a, work: b }
}
