/**
 * Which workstreams may touch the same files while nothing in the plan puts them in order. Such a pair can still land
 * one after the other; it is where conflicts will come from.
 *
 * Equal entries are compared once, and entries are kept by their literal beginning: two can only overlap when one
 * beginning leads to the other, so each asks the few beginnings of its own.
 */
import type { Workstream } from '../model/workstream.ts'
import { levelsOf } from '../model/graph.ts'
import { orderAmong } from './order.ts'
import { intersects, literalPrefixes, parsePattern, type Pattern } from './pattern.ts'

export interface Overlap {
  /** `a` stands before `b` in the plan. */
  a: string
  b: string
  /** Entry of `a`, entry of `b`, as they were written. */
  paths: [string, string][]
}

/** A list longer than this helps nobody, and fifty million pairs would not fit into memory. */
export const OVERLAPS_MAX = 10_000

type Scoped = Pick<Workstream, 'id' | 'dependsOn' | 'filesScope' | 'filesCreate'>

/** One distinct entry and the workstreams (by their place in the plan) that have it. */
interface Entry {
  text: string
  owners: number[]
}

/** Do two scope entries overlap? An entry that cannot be read overlaps nothing: it is reported elsewhere. */
export function scopesOverlap(a: string, b: string): boolean {
  return meet(patternsOf(a), patternsOf(b))
}

function patternsOf(text: string): Pattern[] {
  const parsed = parsePattern(text)
  return 'patterns' in parsed ? parsed.patterns : []
}

/** What a workstream may write: `files_scope` and `files_create` together, each entry once. Empty: unrestricted. */
export function scopeOf(workstream: Pick<Workstream, 'filesScope' | 'filesCreate'>): string[] {
  return [...new Set([...workstream.filesScope, ...workstream.filesCreate])]
}

/**
 * The overlapping pairs that are not ordered, in plan order, at most `pairsMax`. A workstream without a scope is left
 * out: it would overlap with all, and has a warning of its own.
 */
export function overlapsOf(
  workstreams: readonly Scoped[],
  levels: ReadonlyMap<string, number> = levelsOf(workstreams),
  pairsMax = OVERLAPS_MAX,
): Overlap[] {
  const entries = entriesOf(workstreams)
  const meeting = meetingEntries(entries)
  const involved = new Set<number>()
  for (const [x, y] of meeting)
    for (const entry of [x, y]) for (const owner of entries[entry]!.owners) involved.add(owner)
  const isOrdered = orderAmong(workstreams, [...involved], levels)
  const found = new Map<number, { a: number; b: number; paths: [string, string][] }>()
  const add = (x: number, y: number, textX: string, textY: string): void => {
    if (isOrdered(x, y)) return
    const [a, b, path]: [number, number, [string, string]] = x < y ? [x, y, [textX, textY]] : [y, x, [textY, textX]]
    const key = a * workstreams.length + b
    const known = found.get(key)
    if (known) known.paths.push(path)
    else if (found.size < pairsMax) found.set(key, { a, b, paths: [path] })
  }
  for (const [x, y] of meeting) {
    const [left, right] = [entries[x]!, entries[y]!]
    for (const [place, a] of left.owners.entries()) {
      if (found.size >= pairsMax) break
      const others = x === y ? left.owners.slice(place + 1) : right.owners
      for (const b of others) if (a !== b) add(a, b, left.text, right.text)
    }
  }
  return [...found.values()]
    .sort((p, q) => p.a - q.a || p.b - q.b)
    .map(({ a, b, paths }) => ({ a: workstreams[a]!.id, b: workstreams[b]!.id, paths }))
}

function entriesOf(workstreams: readonly Scoped[]): Entry[] {
  const entries = new Map<string, Entry>()
  workstreams.forEach((workstream, owner) => {
    for (const list of [workstream.filesScope, workstream.filesCreate]) {
      for (const text of list) {
        const known = entries.get(text)
        if (!known) entries.set(text, { text, owners: [owner] })
        else if (known.owners.at(-1) !== owner) known.owners.push(owner)
      }
    }
  })
  return [...entries.values()]
}

/** Pairs of entries (by index, the same one twice if it has several owners) that can cover one path. */
function meetingEntries(entries: readonly Entry[]): [number, number][] {
  const byPrefix = new Map<string, number[]>()
  entries.forEach(({ text }, index) => {
    for (const prefix of literalPrefixes(text)) {
      const known = byPrefix.get(prefix)
      if (!known) byPrefix.set(prefix, [index])
      else if (known.at(-1) !== index) known.push(index)
    }
  })
  // Read when two beginnings meet, because most never do.
  const patterns = new Map<number, Pattern[]>()
  const patternsAt = (index: number): Pattern[] => {
    let known = patterns.get(index)
    if (!known) patterns.set(index, (known = patternsOf(entries[index]!.text)))
    return known
  }
  // Pairs as single numbers: there may be many, and an array each would be most of the memory.
  const pairs = new Set<number>()
  entries.forEach(({ owners }, index) => {
    if (owners.length > 1) pairs.add(index * entries.length + index)
  })
  const compare = (others: readonly number[], beneath: readonly number[]): void => {
    for (const other of others) {
      for (const index of beneath) {
        if (other === index) continue
        const key = Math.min(index, other) * entries.length + Math.max(index, other)
        if (!pairs.has(key) && meet(patternsAt(index), patternsAt(other))) pairs.add(key)
      }
    }
  }
  byPrefix.forEach((beneath, prefix) => {
    // Every beginning of the prefix: nothing, then one folder more each time, then all of it.
    for (let end = 0; end >= 0; end = nextEnd(prefix, end)) {
      const others = byPrefix.get(prefix.slice(0, end))
      if (others) compare(others, beneath)
    }
  })
  return [...pairs].sort((p, q) => p - q).map((key) => [Math.floor(key / entries.length), key % entries.length])
}

function meet(left: readonly Pattern[], right: readonly Pattern[]): boolean {
  return left.some((pattern) => right.some((other) => intersects(pattern, other)))
}

/** The length of the next longer beginning of `prefix` that ends with a whole name, or -1. */
function nextEnd(prefix: string, end: number): number {
  if (end === prefix.length) return -1
  const slash = prefix.indexOf('/', end + 1)
  return slash < 0 ? prefix.length : slash
}
