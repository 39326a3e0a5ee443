/**
 * What the code base promises about itself: imports point down, no circles, no drawers for odds and ends, a header in
 * every file, nothing half done, and no trace of the machine it was written on.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** Rooms of `src/` by floor. Imports point to a lower floor; the model may be imported by everybody. */
const FLOORS: Readonly<Record<string, number>> = {
  model: 1,
  process: 1,
  git: 2,
  tools: 2,
  store: 2,
  plan: 2,
  schedule: 2,
  attempt: 3,
  landing: 3,
  playbook: 3,
  observe: 3,
  coordinator: 4,
  cli: 6,
}

/** Above this a file holds more than one idea. */
const LINES_MAX = 400

const DRAWERS = /^(utils?|helpers?|common|misc|shared|lib)$/i

interface Source {
  path: string
  text: string
}

/** Every file that is or will be in the repository: what git ignores is not ours to judge. */
function repositoryFiles(): Source[] {
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(ROOT, path)))
  const files = paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
  return files.filter(({ text }) => !text.includes('\0'))
}

const files = repositoryFiles()
const code = files.filter(({ path }) => /^(src|test|bench|bin)\//.test(path) && /\.(ts|js|mjs)$/.test(path))
const sources = code.filter(({ path }) => path.startsWith('src/') && extname(path) === '.ts')

/** Imports between files of `src/`, types and lazy ones too. */
function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map(([, target]) => relative(ROOT, resolve(ROOT, dirname(path), target!)))
}

function roomOf(path: string): string {
  return path.split('/')[1]!
}

/** Comments taken out, roughly: good enough to look for words of the language. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')
}

/** `path:line` of every line that matches. */
function places(among: readonly Source[], pattern: RegExp): string[] {
  return among.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  )
}

describe('the rooms of src', () => {
  it('are all known, and every file is in one', () => {
    expect(sources.length).toBeGreaterThan(0)
    const strangers = sources.filter(({ path }) => path.split('/').length < 3 || FLOORS[roomOf(path)] === undefined)
    expect(strangers.map(({ path }) => path)).toEqual([])
  })

  it('import only from below, and from the model', () => {
    const wrong: string[] = []
    for (const source of sources) {
      for (const target of importsOf(source)) {
        const [from, to] = [roomOf(source.path), roomOf(target)]
        if (!target.startsWith('src/')) wrong.push(`${source.path} leaves src for ${target}`)
        else if (from !== to && to !== 'model' && FLOORS[to]! >= FLOORS[from]!)
          wrong.push(`${source.path} -> ${target}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('have no circle of imports among their files, types aside', () => {
    const edges = new Map(
      sources.map((source) => {
        const text = source.text.replaceAll(/^(import|export) type [^;]*? from '[^']+'$/gm, '')
        return [source.path, importsOf({ path: source.path, text })]
      }),
    )
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (path: string, trail: string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      if (done.has(path) || trail.includes(path)) return
      for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
      done.add(path)
    }
    for (const path of edges.keys()) visit(path, [])
    expect(circles).toEqual([])
  })

  it('import files that exist, by their whole name', () => {
    const lost = code.flatMap((source) =>
      importsOf(source).flatMap((target) => (existsSync(join(ROOT, target)) ? [] : [`${source.path} -> ${target}`])),
    )
    expect(lost).toEqual([])
  })
})

describe('every file', () => {
  it('is named after its idea', () => {
    const parts = code.flatMap(({ path }) => path.split('/').map((part) => ({ path, part })))
    expect(parts.filter(({ part }) => DRAWERS.test(basename(part, extname(part)))).map(({ path }) => path)).toEqual([])
  })

  it('begins by saying what it is for', () => {
    expect(sources.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text)).map(({ path }) => path)).toEqual([])
  })

  it(`has at most ${LINES_MAX} lines`, () => {
    const long = code.filter(({ text }) => text.split('\n').length > LINES_MAX + 1)
    expect(long.map(({ path }) => path)).toEqual([])
  })

  it('is finished, and hides nothing from the checker of types', () => {
    const mark = /(\/\/|^\s*\/?\*).*(\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck|expect-error))/
    expect(places(code, mark)).toEqual([])
    const bare = code.map(({ path, text }) => ({ path, text: withoutComments(text) }))
    const loose = bare.filter(({ text }) => /(:|\bas|<|\||,)\s*any\s*([;,)>\]=|}[]|$)/m.test(text))
    expect(loose.map(({ path }) => path)).toEqual([])
  })

  it('knows nothing of the machine it was written on, nor where packages came from', () => {
    const ours = [ROOT, ...(homedir().split('/').length > 2 ? [homedir()] : [])].map((path) =>
      path.replaceAll(/[^\w/]/g, String.raw`\$&`),
    )
    expect(places(files, new RegExp(`(^|[^\\w./-])(${ours.join('|')})(?![\\w-])`))).toEqual([])
    const hosts = /https?:\/\/[\w.-]*(registry|artifactory|verdaccio|nexus)[\w.-]*[:/]/i
    expect(places(files, hosts)).toEqual([])
    const settings = /^\s*(@[\w-]+:)?registry\s*=|"resolved"\s*:/
    expect(places(files, settings)).toEqual([])
  })
})
