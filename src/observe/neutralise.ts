/**
 * Makes foreign text inert before it reaches a terminal, a log or a page.
 *
 * What tools print, what files are called and what the repository says was written by others: escape sequences in it
 * could move the cursor over what we said, retitle the window or fake a line of ours. Complete escape sequences are
 * dropped (they are only colour to a reader); every control character that is left over is shown as its number, so
 * that evidence stays visible but can no longer do anything. Direction overrides can make text read as its opposite:
 * they are shown too.
 */

/** CSI, then OSC, DCS, SOS, PM and APC with their terminators, then two-character escapes. Each is linear to match. */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g

/** C0, DEL and C1; line and paragraph separators; direction marks, embeddings, overrides and isolates. */
const CONTROLS =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line: line breaks and tabs are shown as `\n` and `\t`, so that a file name cannot begin a line of its own. */
export function neutralise(text: string): string {
  return text.toWellFormed().replaceAll(SEQUENCES, '').replaceAll(CONTROLS, shown)
}

/** Several lines: line breaks (also CR LF) stay, tabs become spaces, everything else is as in `neutralise`. */
export function neutraliseLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => neutralise(line.replaceAll('\t', '    ')))
}

/** `text` on one line of at most `lengthMax` characters, blanks folded; what was cut shows as an ellipsis. */
export function oneLine(text: string, lengthMax: number): string {
  const line = neutralise(text.trim().replaceAll(/\s+/g, ' '))
  return line.length <= lengthMax ? line : `${line.slice(0, lengthMax - 3).replace(/[\ud800-\udbff]$/, '')}...`
}

function shown(character: string): string {
  const named = NAMED[character]
  if (named !== undefined) return named
  const number = character.charCodeAt(0)
  return number < 0x100 ? `\\x${number.toString(16).padStart(2, '0')}` : `\\u${number.toString(16).padStart(4, '0')}`
}
