/**
 * What became of lines: counted, not compared in order, because a resolution may well put them in another order. Pure.
 *
 * Lines are trimmed (a block that moved in or out is not lost), and a line without a letter or a digit says nothing: a
 * brace is never missed.
 */

/** A text on all sides of a conflict; empty where it is absent. */
export interface Versions {
  base: string
  ours: string
  theirs: string
  result: string
}

type Split = (text: string) => string[]
type Counts = ReadonlyMap<string, number>

/** How often a line has to be in the result: because nobody removed it, and because a side added it. */
interface Expected {
  item: string
  kept: number
  added: number
}

/**
 * Lines of which there are fewer in the result: ones that a side had added to the base, and ones that both sides had
 * kept. `all` are the texts of the whole conflict: what a resolution moved to another of them is not lost.
 */
export function lostLines(versions: Versions, all: readonly Versions[]): { added: string[]; kept: string[] } {
  const result = count(meaningful(versions.result))
  const moved = surplus(all, meaningful)
  const lost = { added: [] as string[], kept: [] as string[] }
  for (const { item, kept, added } of expected(versions, meaningful)) {
    const found = (result.get(item) ?? 0) + (moved.get(item) ?? 0)
    if (found < kept) lost.kept.push(item)
    else if (found < kept + added) lost.added.push(item)
  }
  return lost
}

/** How many test cases the result has less than what both sides have together. */
export function lostTests(versions: Versions, all: readonly Versions[]): number {
  const moved = surplus(all, testCases)
  let missing = -testCases(versions.result).length
  for (const { item, kept, added } of expected(versions, testCases)) missing += kept + added - (moved.get(item) ?? 0)
  return Math.max(0, missing)
}

function expected({ base, ours, theirs }: Versions, split: Split): Expected[] {
  const [before, inOurs, inTheirs] = [base, ours, theirs].map((text) => count(split(text)))
  return [...new Set([...inOurs!.keys(), ...inTheirs!.keys()])].map((item) => {
    const [b, o, t] = [before!, inOurs!, inTheirs!].map((counts) => counts.get(item) ?? 0)
    // Twice the same addition may well be one: both sides import the same name.
    return { item, kept: Math.min(b!, o!, t!), added: Math.max(0, o! - b!, t! - b!) }
  })
}

/** What there is more of in the results than on either side of the same file: it came from another one. */
function surplus(all: readonly Versions[], split: Split): Counts {
  const more = new Map<string, number>()
  // In a conflict about one file nothing can have moved.
  if (all.length < 2) return more
  for (const { ours, theirs, result } of all) {
    const [inOurs, inTheirs] = [count(split(ours)), count(split(theirs))]
    for (const [item, times] of count(split(result))) {
      const extra = times - Math.max(inOurs.get(item) ?? 0, inTheirs.get(item) ?? 0)
      if (extra > 0) more.set(item, (more.get(item) ?? 0) + extra)
    }
  }
  return more
}

function meaningful(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
}

function count(items: readonly string[]): Counts {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Where tests are in most languages: folders, `a.test.ts`, `test_a.py`, `a_test.go`, `ATest.java`. */
const TEST_PATHS = [
  /(^|\/)(tests?|__tests__|specs?)\//,
  /[._-](test|spec)s?\.[^/]+$/,
  /(^|\/)test[._-][^/]*$/,
  /[A-Za-z0-9](Tests?|Spec)\.[^/.]+$/,
]

export function isTestFile(path: string): boolean {
  return TEST_PATHS.some((pattern) => pattern.test(path))
}

/** Lines that begin a test case, in languages that say so in one line. Not one that is skipped. */
const TEST_CASES = [
  /^(?:it|test)(?:\.(?!skip\b|todo\b|fixme\b)\w+)*\s*\(/,
  /^(?:async\s+)?def\s+test/,
  /^func\s+Test/,
  /^@(?:\w+\.)*\w*Test\b/,
  /^#\[(?:\w+::)*test\b/,
  /^\[(?:Test|Fact|Theory|TestMethod)\b/,
]

/** A bare `@Test` or `#[test]` is told from the next by the line that follows it. */
function testCases(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.flatMap((line, index) => {
    if (!TEST_CASES.some((pattern) => pattern.test(line))) return []
    return [/^[@#[]/.test(line) ? `${line}\n${lines[index + 1] ?? ''}` : line]
  })
}

/** git's own size. A line of equal signs alone also underlines a title, but then a side has it. */
const MARKER = /^(?:<{7}|>{7}|\|{7}|={7})(?:\s|$)/

/** How many lines of the result are conflict markers that come from none of the sides. */
export function markersIn({ ours, theirs, result }: Versions): number {
  const markers: Split = (text) =>
    text
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => MARKER.test(line))
  const [inOurs, inTheirs] = [count(markers(ours)), count(markers(theirs))]
  let left = 0
  for (const [line, times] of count(markers(result))) {
    left += Math.max(0, times - (inOurs.get(line) ?? 0) - (inTheirs.get(line) ?? 0))
  }
  return left
}
