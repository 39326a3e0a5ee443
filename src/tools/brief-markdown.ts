/** Markdown that what is written in it cannot break: lists, code in a line, blocks. */

/** A list that is longer stops being read. */
const PATHS_MAX = 20

export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${indent(line, 2)}`).join('\n')
}

export function indent(text: string, width: number): string {
  return text.replaceAll(/\n(?=.)/g, `\n${' '.repeat(width)}`)
}

export function pathList(paths: readonly string[]): string {
  const shown = paths.slice(0, PATHS_MAX).map(code).join(', ')
  return paths.length > PATHS_MAX ? `${shown} and ${paths.length - PATHS_MAX} more` : shown
}

/** Code in a line; backticks inside need longer ones around. */
export function code(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1)
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${ticks}${space}${text.replaceAll(/\s*\n\s*/g, ' ')}${space}${ticks}`
}

/** A block that its own content cannot close. */
export function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}\n${text}\n${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
