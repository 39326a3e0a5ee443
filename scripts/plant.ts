/**
 * Planting a bug in the text of Sluice, to see whether a checker finds it. The text must be there exactly once, so that no
 * planted bug can rot unseen.
 */

export interface Edit {
  /** Below `src/`. */
  file: string
  from: string
  to: string
}

/** The text with the edits made. Throws when a piece that is to be replaced is not there exactly once. */
export function mutated(edits: readonly Edit[], read: (file: string) => string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const { file, from, to } of edits) {
    const text = texts.get(file) ?? read(file)
    const parts = text.split(from)
    if (parts.length !== 2) throw new Error(`src/${file} has ${parts.length - 1} times: ${from}`)
    texts.set(file, parts.join(to))
  }
  return texts
}
