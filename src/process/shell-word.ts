/** A text as one word of a command that somebody is to type into a shell. */

/** As it is where that is safe, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
