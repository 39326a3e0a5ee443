/** JSON files: the value by `JSON.parse`, mistakes and positions by a scanner of our own. */
import { messageOf } from '../../model/failure.ts'
import { type Document, type Path, type Position, positionsIn, type Problem, type Reading } from './document.ts'
import { scanJson } from './json-scanner.ts'

/**
 * Reads `text` (without a byte order mark). A key that is written twice is a problem: one of its values would be lost.
 * `again` gives the text once more when a position is asked for, so that a plan of thousands of files does not keep
 * them all in memory for a question that seldom comes.
 */
export function readJson(text: string, again: () => string = () => text): Reading {
  let value: unknown
  let syntax: string | null = null
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    syntax = messageOf(thrown)
  }
  const { mistakes, duplicates } = scanJson(text)
  const at = positionsIn(text)
  const problems: Problem[] = [
    ...mistakes.map(({ offset, message, fix }) => ({ ...at(offset), message: `not valid JSON: ${message}`, fix })),
    ...duplicates.map(({ offset, key }) => {
      return { ...at(offset), message: `key "${key}" is written twice`, fix: 'keep one of them' }
    }),
  ]
  if (syntax === null) return { document: { value, body: '', positionOf: positionsOf(again) }, problems }
  if (mistakes.length > 0) return { document: null, problems }
  return { document: null, problems: [{ line: 1, column: 1, message: `not valid JSON: ${syntax}`, fix: 'correct it' }] }
}

/** A function of its own: what `readJson` has in hand must not stay alive with it. */
function positionsOf(again: () => string): Document['positionOf'] {
  let found: { at: (offset: number) => Position; locate: (path: Path, of: 'key' | 'value') => number } | null = null
  return (path, of) => {
    if (found === null) {
      const text = again()
      found = { at: positionsIn(text), locate: locator(text) }
    }
    return found.at(found.locate(path, of))
  }
}

/**
 * Offsets of paths. In an array of workstreams (or a bundle of them) the beginnings of the items are kept after the
 * first question, so that ten thousand questions about one large file do not scan it ten thousand times.
 */
function locator(text: string): (path: Path, of: 'key' | 'value') => number {
  let items: { direct: number[]; bundled: number[] } | null = null
  return (path, of) => {
    const bundled = path[0] === 'workstreams'
    const index = bundled ? path[1] : path[0]
    if (typeof index !== 'number') return offsetOf(text, 0, path, of)
    items ??= itemsOf(text)
    const start = (bundled ? items.bundled : items.direct)[index]
    return start === undefined ? 0 : offsetOf(text, start, path.slice(bundled ? 2 : 1), of)
  }
}

function itemsOf(text: string): { direct: number[]; bundled: number[] } {
  const items: { direct: number[]; bundled: number[] } = { direct: [], bundled: [] }
  let inside = false
  scanJson(text, (depth, name, _keyAt, valueAt) => {
    if (depth === 0) inside = name === 'workstreams'
    if (typeof name === 'number' && depth === 0) items.direct.push(valueAt)
    if (typeof name === 'number' && depth === 1 && inside) items.bundled.push(valueAt)
    return false
  })
  return items
}

function offsetOf(text: string, start: number, path: Path, of: 'key' | 'value'): number {
  let found = start
  let matched = 0
  scanJson(
    text,
    (depth, name, keyAt, valueAt) => {
      if (depth < matched) return true // Past the deepest part that matched.
      if (depth !== matched || path[depth] !== name) return false
      matched++
      found = of === 'key' && matched === path.length ? keyAt : valueAt
      return matched === path.length
    },
    start,
    false,
  )
  return found === 0 ? text.length - text.trimStart().length : found
}
