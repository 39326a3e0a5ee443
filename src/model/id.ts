/**
 * Ids are validated at the door, so that nothing behind it has to think about `../`, option-like names or names that
 * git or a file system would fold together: an id is also a folder name and the last part of a ref.
 */

/** The pattern of the contract; 64 characters leave room for `refs/sluice/wip/<id>/<attempt>` everywhere. */
const PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/i

/** Ids are compared case-folded: two that differ only in case would be one file on some file systems. */
export function foldId(id: string): string {
  return id.toLowerCase()
}

/** Why `id` cannot be an id, or null when it can. */
export function idProblem(id: string): string | null {
  if (!PATTERN.test(id))
    return 'use 1 to 64 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or a digit'
  if (id.includes('..')) return 'two dots in a row are not allowed'
  if (id.endsWith('.')) return 'it must not end in a dot'
  if (id.toLowerCase().endsWith('.lock')) return 'it must not end in .lock'
  return null
}

/** Edit distance with transpositions, for "did you mean"; both sides are short names. */
function distance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, j) => j)
  let before: number[] = []
  for (let i = 1; i <= a.length; i++) {
    const last = row.slice()
    row[0] = i
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = last
  }
  return row[b.length]!
}

/** The known name that `name` was probably meant to be, or null: at most a third of its letters may differ. */
export function didYouMean(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase()
  // Everything is one letter away from a name of one letter.
  if (wanted.length < 2) return null
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue
    const d = distance(wanted, candidate.toLowerCase())
    if (d < bestDistance) [best, bestDistance] = [candidate, d]
  }
  return best
}
