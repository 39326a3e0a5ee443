/**
 * Scope entries as patterns over paths, and the two questions about them: does it cover this path, and can one path be
 * covered by both of these?
 *
 * A literal covers itself and all that lies below it. Globs know `*` and `?` (inside one segment), `**` (any number of
 * segments) and braces. Nothing else is special: `app/[id]/page.tsx` is the name of a file in more projects than it is
 * a character class, and a backslash is the separator of somebody's Windows.
 */

/** `any` stands for any number of segments, none included; `wild` has `*` or `?` in it. */
type Segment = { kind: 'text'; text: string } | { kind: 'wild'; chars: string } | { kind: 'any' }

/** One alternative of an entry; an entry with braces has several. */
export type Pattern = readonly Segment[]

/** A pattern with more alternatives than this is refused: braces multiply. */
const ALTERNATIVES_MAX = 256

const ANY: Segment = { kind: 'any' }

/** Reads a scope entry, or says why it cannot be one. */
export function parsePattern(entry: string): { patterns: Pattern[] } | { problem: string; fix: string } {
  const text = entry.trim().replaceAll('\\', '/')
  if (/^[A-Za-z]:\//.test(text)) return { problem: 'an absolute path', fix: 'name it relative to the repository root' }
  if (text === '')
    return { problem: 'it names nothing', fix: 'write a file, a folder or a glob; "." is the whole repository' }
  if (!isBalanced(text))
    return { problem: 'a brace without its partner', fix: 'write the other one, or ? where the name has a brace' }
  const alternatives = expandBraces(text)
  if (alternatives === null)
    return { problem: `more than ${ALTERNATIVES_MAX} alternatives`, fix: 'use * instead of so many braces' }
  const patterns: Pattern[] = []
  for (const alternative of alternatives) {
    const parts = names(alternative)
    if (parts.includes('..'))
      return { problem: 'it leads out of the repository', fix: 'name it relative to the repository root, without ..' }
    if (parts.some((name) => name.toLowerCase() === '.git'))
      return { problem: 'what is below .git belongs to git', fix: 'delete the entry: nothing in there can land' }
    patterns.push(segmentsOf(parts, alternative.endsWith('/')))
  }
  return { patterns }
}

function names(text: string): string[] {
  return text.split('/').filter((name) => name !== '' && name !== '.')
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '{') depth++
    else if (char === '}' && --depth < 0) return false
  }
  return depth === 0
}

function segmentsOf(parts: string[], folder: boolean): Segment[] {
  const segments: Segment[] = []
  for (const name of parts) {
    if (name !== '**')
      segments.push(
        /[*?]/.test(name) ? { kind: 'wild', chars: name.replace(/\*+/g, '*') } : { kind: 'text', text: name },
      )
    else if (segments.at(-1) !== ANY) segments.push(ANY)
  }
  const isLiteral = segments.every((segment) => segment.kind === 'text')
  // `a/**` is what lies below a, not a itself; a literal is both.
  if (segments.at(-1) === ANY) segments.splice(-1, 0, { kind: 'wild', chars: '*' })
  else if (isLiteral || folder) segments.push(...(isLiteral ? [] : [{ kind: 'wild', chars: '*' } as const]), ANY)
  return segments
}

/** Every way to choose from the braces; null when there are too many. Braces without a comma are ordinary characters. */
function expandBraces(text: string): string[] | null {
  const results: string[] = []
  const todo = [{ text, from: 0 }]
  while (todo.length > 0) {
    const next = todo.pop()!
    const group = firstGroup(next.text, next.from)
    if (group === null) results.push(next.text)
    else {
      const [before, after] = [next.text.slice(0, group.open), next.text.slice(group.close + 1)]
      for (const choice of group.choices.toReversed()) todo.push({ text: before + choice + after, from: group.open })
    }
    if (results.length + todo.length > ALTERNATIVES_MAX) return null
  }
  return results
}

function firstGroup(text: string, from: number): { open: number; close: number; choices: string[] } | null {
  for (let open = text.indexOf('{', from); open >= 0; open = text.indexOf('{', open + 1)) {
    const choices: string[] = []
    let depth = 0
    let start = open + 1
    for (let i = open; i < text.length; i++) {
      const char = text[i]
      if (char === '{') depth++
      else if (char === ',' && depth === 1) {
        choices.push(text.slice(start, i))
        start = i + 1
      } else if (char === '}' && --depth === 0) {
        if (choices.length === 0) break
        return { open, close: i, choices: [...choices, text.slice(start, i)] }
      }
    }
  }
  return null
}

/** Neither wild nor anything else that has to be looked at: most entries of most plans. */
const PLAIN = /^[^*?{}\\:.][^*?{}\\:]*$/
const DOTS = /(?:^|\/)(?:\.{1,2}|\.git)(?:\/|$)|\/\//i

/** Why `entry` cannot be read, or null. */
export function patternProblem(entry: string): { problem: string; fix: string } | null {
  if (PLAIN.test(entry) && !DOTS.test(entry)) return null
  const parsed = parsePattern(entry)
  return 'problem' in parsed ? parsed : null
}

/**
 * What everything that `entry` covers begins with, one for each of its alternatives: the folders before the first wild
 * segment, joined by `/`. An entry that cannot be read has none.
 */
export function literalPrefixes(entry: string): string[] {
  if (PLAIN.test(entry) && !DOTS.test(entry)) return [entry.trim().replace(/^\/|\/$/g, '')]
  const parsed = parsePattern(entry)
  return 'patterns' in parsed ? parsed.patterns.map(literalPrefix) : []
}

function literalPrefix(pattern: Pattern): string {
  const end = pattern.findIndex((segment) => segment.kind !== 'text')
  return (end < 0 ? pattern : pattern.slice(0, end))
    .map((segment) => (segment.kind === 'text' ? segment.text : ''))
    .join('/')
}

/** Does one of the patterns cover `path` (relative to the repository root, with `/`)? */
export function covers(patterns: readonly Pattern[], path: string): boolean {
  const literal: Pattern = path.split('/').map((text) => ({ kind: 'text', text }))
  return patterns.some((pattern) => intersects(pattern, literal))
}

/**
 * Is there a path that both cover? Exact: both patterns are walked at once, segment by segment, and inside a segment
 * character by character. `any` may stand for nothing or swallow one segment of the other side and stay.
 */
export function intersects(a: Pattern, b: Pattern): boolean {
  // Most pairs are decided by the literal folders that they begin with.
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [left, right] = [a[i]!, b[i]!]
    if (left.kind !== 'text' || right.kind !== 'text') break
    if (left.text !== right.text) return false
  }
  return walk(a.length, b.length, (i, j) => {
    const [left, right] = [a[i], b[j]]
    const steps: Step[] = []
    if (left?.kind === 'any') steps.push('left')
    if (right?.kind === 'any') steps.push('right')
    if (left === undefined || right === undefined) return steps
    if (left.kind === 'any') steps.push('right')
    else if (right.kind === 'any') steps.push('left')
    else if (segmentsMeet(left, right)) steps.push('both')
    return steps
  })
}

type Concrete = Exclude<Segment, { kind: 'any' }>

function segmentsMeet(a: Concrete, b: Concrete): boolean {
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text
  const [left, right] = [a.kind === 'text' ? a.text : a.chars, b.kind === 'text' ? b.text : b.chars]
  const [leftIsWild, rightIsWild] = [a.kind === 'wild', b.kind === 'wild']
  return walk(left.length, right.length, (i, j) => {
    const [x, y] = [left[i], right[j]]
    const [xStar, yStar] = [leftIsWild && x === '*', rightIsWild && y === '*']
    const steps: Step[] = []
    if (xStar) steps.push('left')
    if (yStar) steps.push('right')
    if (x === undefined || y === undefined) return steps
    if (xStar) steps.push('right')
    else if (yStar) steps.push('left')
    else if (x === y || (leftIsWild && x === '?') || (rightIsWild && y === '?')) steps.push('both')
    return steps
  })
}

type Step = 'left' | 'right' | 'both'

/** Can (0, 0) reach both ends by the steps that are allowed? Each pair of places is visited once. */
function walk(m: number, n: number, stepsAt: (i: number, j: number) => Step[]): boolean {
  const seen = new Set<number>()
  const stack = [0]
  while (stack.length > 0) {
    const at = stack.pop()!
    if (seen.has(at)) continue
    seen.add(at)
    const [i, j] = [Math.floor(at / (n + 1)), at % (n + 1)]
    if (i === m && j === n) return true
    for (const step of stepsAt(i, j)) stack.push(at + (step === 'left' ? n + 1 : step === 'right' ? 1 : n + 2))
  }
  return false
}
