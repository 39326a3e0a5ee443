/**
 * Names that are two in git and one on other disks: `Readme` and `README` on Windows and macOS, `é` in its two
 * spellings on macOS. Whoever checks such a tree out there loses one of them, and git shows it as changed for ever.
 */

/** Names that a disk may take for the same give the same text. Upper case first: `ß` and `SS` are one too. */
function folded(name: string): string {
  return name.normalize('NFC').toUpperCase().normalize('NFC')
}

/**
 * Groups of paths (files, or folders on their way) of `all` that collide, as far as one of them is in `added`: what
 * collides in the base already is not the work's doing. Pure; 57,000 paths take 60 ms.
 */
export function collidingNames(all: readonly string[], added: readonly string[]): string[][] {
  const suspects = new Set(added.flatMap(prefixes).map(folded))
  const groups = new Map<string, Set<string>>()
  const seen = new Set<string>()
  for (const path of all) {
    for (const prefix of prefixes(path)) {
      if (seen.has(prefix)) continue
      seen.add(prefix)
      const key = folded(prefix)
      if (!suspects.has(key)) continue
      const group = groups.get(key)
      if (group === undefined) groups.set(key, new Set([prefix]))
      else group.add(prefix)
    }
  }
  const isNew = new Set(added.flatMap(prefixes))
  const found = [...groups.values()].filter((group) => group.size > 1 && [...group].some((path) => isNew.has(path)))
  // Two folders that collide make all below them collide: the folders say it all.
  const whole = found.map((group) => [...group].sort())
  return whole.filter(([first]) => !whole.some(([other]) => folded(first!).startsWith(`${folded(other!)}/`)))
}

/** `a/b/c` -> `a`, `a/b`, `a/b/c`. */
function prefixes(path: string): string[] {
  const found: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at))
  found.push(path)
  return found
}
