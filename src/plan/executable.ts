/** Is a word a program? On PATH, or a path inside the tree; asked for each word once. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/**
 * A predicate for words: names without a slash are looked up in `path` (the value of PATH), names with one below
 * `root`, because that is where `/bin/sh -c` will stand.
 */
export function executableIn(root: string, path: string): (word: string) => boolean {
  const folders = path.split(delimiter).filter((folder) => folder !== '')
  const known = new Map<string, boolean>()
  return (word) => {
    const cached = known.get(word)
    if (cached !== undefined) return cached
    const places = !word.includes('/')
      ? folders.map((folder) => join(folder, word))
      : isAbsolute(word)
        ? [word]
        : [join(root, word)]
    const found = places.some(isProgram)
    known.set(word, found)
    return found
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // Not there, or not ours to run: both mean that the shell would not run it either.
  }
}
