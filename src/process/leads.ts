/**
 * What a command needs of the places that are hidden from it: programs live in home folders (a Node of nvm, a tool of
 * pipx) and beside repositories (`./agent.sh`), and whoever names a path on a command line means it to be read.
 *
 * A path opens more than itself, because no program is one file: of a home the whole folder that lies directly in it
 * (`~/.nvm`), of a repository all. What nothing leads into (`~/.ssh`, another project) stays hidden.
 */
import { closeSync, type Dirent, openSync, readdirSync, readSync } from 'node:fs'
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
 * one of the folders `shown` opens nothing more: it is there already. A whole home is opened by naming it as an argument
 * and in no other way.
 */
export function openedBy(
  { argv, cwd, env }: { argv: readonly string[]; cwd: string; env: Readonly<Record<string, string>> },
  areas: readonly Area[],
  shown: readonly string[],
): string[] {
  const real = areas.flatMap((area) => {
    const path = realPath(area.path)
    return path === null ? [] : [{ ...area, path }]
  })
  const there = shown.map((path) => realPath(path) ?? path)
  const isNew = (path: string): boolean => !there.some((folder) => isWithin(path, folder))
  const program = findProgram(argv[0] ?? '', env['PATH'], cwd)
  // What lies in the slot was written by an agent, who must not say what else is opened.
  const interpreters = program !== null && isNew(realPath(program) ?? program) ? interpreterOf(program) : []
  const named = [...pathsIn(argv), ...(program === null ? [] : [program]), ...interpreters]
  const values = Object.entries(env).flatMap(([name, value]) => (NO_LEADS.has(name) ? [] : [value]))
  return [
    ...new Set([
      ...opened(
        named.filter((path) => isNew(realPath(path) ?? path)),
        real,
      ),
      ...withoutAreas(
        opened(
          pathsIn(values).filter((path) => isNew(realPath(path) ?? path)),
          real,
        ),
        real,
      ),
      ...openedByPath(env['PATH'] ?? '', real),
    ]),
  ]
}

/** What the first line of a script names: the Python of a tool that pipx has installed may lie in yet another folder. */
function interpreterOf(program: string): string[] {
  const [, path] = /^#!\s*(\/\S+)/.exec(beginningOf(program)) ?? []
  return path === undefined ? [] : [path]
}

/** As much of a first line as the kernel reads. */
const FIRST_LINE_BYTES = 256

function beginningOf(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    // One may start a program without being allowed to read it.
    return ''
  }
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

/** No file has a longer name, and a brief that begins with a slash is none. */
const PATH_LENGTH_MAX = 4096

/** Texts that are absolute paths, or end in one after an equals sign. */
function pathsIn(texts: readonly string[]): string[] {
  const ends = texts.map((text) => (isAbsolute(text) ? text : text.slice(text.indexOf('=') + 1)))
  return ends.filter((text) => isAbsolute(text) && text.length < PATH_LENGTH_MAX)
}

/** What paths open that exist. A link and where it leads to may be in two places. */
function opened(paths: readonly string[], areas: readonly Area[]): string[] {
  return paths.flatMap((path) => {
    const end = realPath(path)
    return end === null ? [] : [path, end].flatMap((one) => areas.flatMap((area) => openedIn(one, area)))
  })
}

function openedIn(path: string, area: Area): string[] {
  if (path === area.path) return area.isScratch ? [] : [path]
  if (!isWithin(path, area.path)) return []
  if (area.opens === 'all') return [area.path]
  const [entry = ''] = relative(area.path, path).split(sep)
  return [join(area.path, entry)]
}

/** Without those that were meant to be opened entry by entry, and would be opened as a whole. */
function withoutAreas(found: readonly string[], areas: readonly Area[]): string[] {
  return found.filter((path) => !areas.some((area) => area.opens === 'entry' && area.path === path))
}

const known = new Map<string, string[]>()

/** What the folders of PATH open, and where their links lead to: `~/bin/node` may be a file of `~/.nvm`. Looked up once. */
function openedByPath(path: string, areas: readonly Area[]): string[] {
  const key = JSON.stringify([path, areas])
  const before = known.get(key)
  if (before !== undefined) return before
  const folders = path.split(delimiter).filter(isAbsolute)
  const leads = folders.flatMap((folder) => [folder, ...linksIn(folder)])
  const found = [...new Set(withoutAreas(opened(leads, areas), areas))]
  known.set(key, found)
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
