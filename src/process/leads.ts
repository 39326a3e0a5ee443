/**
 * What a command needs of the places that are hidden from it: programs live in home folders (a Node of nvm, a tool of
 * pipx) and beside repositories (`./agent.sh`), and whoever names a path on a command line means it to be read.
 *
 * A path opens more than itself, because no program is one file: of a home the whole folder that lies directly in it
 * (`~/.nvm`), of a repository all. What nothing leads into (`~/.ssh`, another project) stays hidden.
 */
import { type Dirent, readdirSync } from 'node:fs'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'
import { findProgram } from './program.ts'
import { isWithin, realPath } from './real-path.ts'

export interface Area {
  path: string
  /** How much of it a path in it opens: everything, or the entry of the folder that it goes through. */
  opens: 'all' | 'entry'
  /** Whether one may write there, into nothing (/tmp). */
  isScratch: boolean
}

/** Says where somebody is and nothing that is to be read, and is set for everybody. */
const NO_LEADS = new Set(['HOME', 'PWD', 'TMPDIR', 'PATH'])

/**
 * Absolute paths, links followed, that the command may read in spite of their being in one of the areas. What leads into
 * one of the folders `shown` opens nothing more: it is there already.
 */
export function openedBy(
  { argv, cwd, env }: { argv: readonly string[]; cwd: string; env: Readonly<Record<string, string>> },
  areas: readonly Area[],
  shown: readonly string[],
): string[] {
  const program = findProgram(argv[0] ?? '', env['PATH'], cwd)
  const values = Object.entries(env).flatMap(([name, value]) => (NO_LEADS.has(name) ? [] : [value]))
  const named = [...argv, ...values].map((text) => (isAbsolute(text) ? text : text.slice(text.indexOf('=') + 1)))
  const leads = [
    ...named.filter((text) => isAbsolute(text) && text.length < PATH_LENGTH_MAX),
    ...programsOn(env['PATH']),
  ]
  if (program !== null) leads.push(program)
  const real = areas.flatMap((area) => {
    const path = realPath(area.path)
    return path === null ? [] : [{ ...area, path }]
  })
  const there = shown.map((path) => realPath(path) ?? path)
  const opened = new Set<string>()
  for (const lead of leads) {
    const end = realPath(lead)
    if (end === null || there.some((folder) => isWithin(end, folder))) continue
    // A link and where it leads to may be in two places.
    for (const path of new Set([lead, end])) {
      for (const area of real) for (const found of openedIn(path, area)) opened.add(found)
    }
  }
  return [...opened]
}

/** No file has a longer name, and a brief that begins with a slash is none. */
const PATH_LENGTH_MAX = 4096

function openedIn(path: string, area: Area): string[] {
  if (path === area.path) return [path]
  if (!isWithin(path, area.path)) return []
  if (area.opens === 'all') return [area.path]
  const [entry = ''] = relative(area.path, path).split(sep)
  return [join(area.path, entry)]
}

const known = new Map<string, string[]>()

/** The folders of PATH, and where their links lead to: `~/bin/node` may be a file of `~/.nvm`. Looked up once. */
function programsOn(path: string | undefined): string[] {
  const before = known.get(path ?? '')
  if (before !== undefined) return before
  const folders = (path ?? '').split(delimiter).filter(isAbsolute)
  const found = folders.flatMap((folder) => [folder, ...linksIn(folder)])
  known.set(path ?? '', found)
  return found
}

function linksIn(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.flatMap((entry) => (entry.isSymbolicLink() ? (realPath(join(folder, entry.name)) ?? []) : []))
}
