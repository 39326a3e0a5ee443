/** Which files the globs of `workstreams` name. */
import { globSync } from 'node:fs'
import { dirname, extname, relative, resolve, sep } from 'node:path'
import type { Diagnostic } from '../model/diagnostic.ts'

/** Folders that hold other people's files, and none of a plan. */
const NEVER = new Set(['.git', 'node_modules'])

const FORMATS = ['.json', '.yaml', '.yml', '.md']

/**
 * The files, relative to `root` with `/`, each once and in the order of their names, so that every machine has the same
 * plan. No file at all is an error, and so is a name without wildcards that is not there.
 */
export function planFiles(
  root: string,
  globs: readonly string[],
  configFile: string,
): { files: string[]; diagnostics: Diagnostic[] } {
  const found = new Set<string>()
  const missing: string[] = []
  for (const glob of globs) {
    const pattern = glob.replaceAll('\\', '/')
    const matches = matchesOf(root, pattern)
    for (const match of matches) found.add(match)
    if (matches.length === 0 && !/[*?{[]/.test(pattern)) missing.push(glob)
  }
  const files = [...found].sort()
  const diagnostics = missing.map((name) =>
    diagnosticOf(
      configFile,
      `\`workstreams\` names ${name}, which is not there`,
      'correct the name, or create the file',
    ),
  )
  if (files.length === 0 && diagnostics.length === 0) {
    const names = globs.map((glob) => `"${glob}"`).join(', ')
    diagnostics.push(
      diagnosticOf(configFile, `no workstreams: no file matches ${names || 'an empty list'}`, hintFor(root, globs)),
    )
  }
  return { files, diagnostics }
}

/** Matches come relative to `root` already, unless the pattern says otherwise. */
function matchesOf(root: string, pattern: string): string[] {
  const matches = globSync(pattern, { cwd: root, exclude: (name) => NEVER.has(name) })
  if (sep === '/' && /^[^./]/.test(pattern) && !pattern.includes('/.')) return matches
  return matches.map((path) => relative(root, resolve(root, path)).split(sep).join('/'))
}

/** What is there instead: often the folder is right and the extension is not. */
function hintFor(root: string, globs: readonly string[]): string {
  for (const glob of globs) {
    const folder = dirname(glob.replaceAll('\\', '/'))
    const near = matchesOf(root, `${folder}/*{${FORMATS.join(',')}}`)
    if (near.length > 0)
      return `write \`workstreams: ${folder}/*${extname(near[0]!)}\` in sluice.yaml (${near.length} such files are there)`
  }
  return 'create one, or say in sluice.yaml where they are: `workstreams: folder/*.json`; `sluice init` writes a sample'
}

function diagnosticOf(file: string, message: string, fix: string): Diagnostic {
  return { code: 'E103', severity: 'error', file, line: 0, column: 0, workstream: null, message, fix }
}
