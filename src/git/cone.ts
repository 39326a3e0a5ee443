/**
 * A cone: the folders that a sparse worktree holds, with all below them, and the files that lie beside them on the way
 * down from the top. The patterns are those of git's cone mode, which it matches without looking at each file.
 */

/** Folders without a slash at the ends; one of them inside another says nothing more. */
export type Cone = readonly string[]

/** The text of `info/sparse-checkout`. */
export function conePatterns(cone: Cone): string {
  const whole = cone.filter((folder) => !cone.some((other) => folder.startsWith(`${other}/`)))
  const parents = new Set(whole.flatMap(parentsOf))
  const lines = ['/*', '!/*/']
  for (const parent of [...parents].sort()) lines.push(`/${escaped(parent)}/`, `!/${escaped(parent)}/*/`)
  for (const folder of [...new Set(whole)].sort()) lines.push(`/${escaped(folder)}/`)
  return lines.map((line) => `${line}\n`).join('')
}

/** Everything, in the same words: what leads from one cone to another. */
export const WHOLE_TREE = '/*\n'

/** The cone of such a text. */
export function readCone(patterns: string): string[] {
  const lines = patterns.split('\n').filter((line) => line !== '')
  const closed = new Set(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1, -2)))
  return lines
    .filter((line) => line !== '/*' && !line.startsWith('!') && !closed.has(line))
    .map((line) => line.slice(1, -1).replaceAll(/\\(.)/g, '$1'))
}

/** Whether a worktree of that cone holds the path. */
export function isInCone(cone: Cone, path: string): boolean {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  if (folder === '') return true
  return cone.some((one) => folder === one || folder.startsWith(`${one}/`) || one.startsWith(`${folder}/`))
}

/** `a/b/c` -> `a`, `a/b`. */
function parentsOf(folder: string): string[] {
  const names = folder.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}

function escaped(folder: string): string {
  return folder.replaceAll(/[\\*?[]/g, String.raw`\$&`)
}
