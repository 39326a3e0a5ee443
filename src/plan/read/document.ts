/**
 * What every reader of a file gives: the value, and a way back from a place in the value to a place in the text.
 *
 * Positions are asked for only when there is something to report, so the readers keep the text and look again instead
 * of carrying a position with every value: a plan of ten thousand workstreams that has nothing wrong pays nothing.
 */

export type Path = readonly (string | number)[]

/** 1-based line and column, counted in UTF-16 units as editors do. */
export interface Position {
  line: number
  column: number
}

/** Why a file is not what its name says. */
export interface Problem extends Position {
  message: string
  fix: string
}

export interface Document {
  value: unknown
  /** Free text behind the front matter of a Markdown file, else empty. */
  body: string
  /** Where the key or the value at `path` begins; the deepest part of the path that exists, if not all of it does. */
  positionOf: (path: Path, of: 'key' | 'value') => Position
}

/** A document with problems can be read on, so that they do not hide what else is wrong; null: it makes no sense at all. */
export interface Reading {
  document: Document | null
  problems: Problem[]
}

/** Deeper nesting than this is a mistake or an attack: it would end the stack of whoever walks the value. */
export const DEPTH_MAX = 100

/**
 * A function from offsets in `text` to positions. The line index is built at the first question: one pass, then a
 * binary search each time.
 */
export function positionsIn(text: string): (offset: number) => Position {
  let starts: number[] | null = null
  return (offset) => {
    starts ??= lineStarts(text)
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
