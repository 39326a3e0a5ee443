/**
 * Before a piece of work is checked: is it in a state that may land at all? A tool's and a person's are held against the
 * same list. What is refused stays pinned as it is; what can be put right by a declared policy is, on top of it.
 */
import { join } from 'node:path'
import { readBlobs } from '../git/blob.ts'
import { type Finding, inspect, type Turned } from '../git/inspect.ts'
import { leftoverMarkers } from '../git/markers.ts'
import { changedPaths, type Person } from '../git/merge.ts'
import { normaliseLineEnds } from '../git/normalise.ts'
import type { Repository } from '../git/repository.ts'
import { type Change, pathsOf } from '../git/tree-changes.ts'
import type { Config } from '../model/config.ts'
import type { Failure } from '../model/failure.ts'
import { CONFIG_FILE } from '../plan/config.ts'
import { gateEdits } from '../plan/gate-edits.ts'

const MB = 1024 * 1024

/** Paths, and findings, that one line names. */
const SHOWN_MAX = 3

export interface Handed {
  repo: Pick<Repository, 'gitDir'>
  config: Config
  base: string
  tip: string
  changes: readonly Change[]
  /** Of their paths, what does not land anyway (parked): it may be as it likes. */
  leftOut: readonly string[]
  /** A folder of ours for scratch files. */
  folder: string
  /** Of the commit that puts line ends back. */
  author: Person
  dateSeconds: number
}

export type Refusal = Omit<Finding, 'kind'> & { kind: Finding['kind'] | 'markers' }

export type Accepted =
  /** `tip` is another one when something was put right; `reports` say what. */
  | { kind: 'accepted'; tip: string; changed: string[]; reports: string[]; warnings: Failure[] }
  | { kind: 'refused'; refusals: Refusal[] }

/** Judges the work by what is in it. No check is run, and no ref is moved. */
export async function accept(handed: Handed): Promise<Accepted> {
  const { repo, config, base, tip, changes, leftOut, folder, author, dateSeconds } = handed
  const limits = { fileBytesMax: config.limits.fileMb * MB, indexFile: join(folder, 'inspect.index') }
  const [markers, inspected] = await Promise.all([
    leftoverMarkers(repo, base, tip),
    inspect(repo, { base, tip, changes, ...limits }),
  ])
  const isLeftOut = (path: string): boolean => leftOut.some((one) => one === path || one.startsWith(`${path}/`))
  const findings = inspected.findings.filter(({ paths }) => !paths.some(isLeftOut))
  const turned = inspected.turned.filter(({ path }) => !isLeftOut(path))
  const policy = config.landing.lineEndings
  const rejected = policy === 'reject' ? turned.filter(({ isDeclared }) => !isDeclared) : []
  const refusals = [...markersRefusal(markers), ...findings, ...lineEndsRefusal(rejected)]
  if (refusals.length > 0) return { kind: 'refused', refusals }
  const changed = pathsOf(changes)
  const warnings = await gateWarnings({ ...handed, changed })
  const mended = turned.filter(({ isDeclared }) => isDeclared || policy === 'normalise')
  if (mended.length === 0) return { kind: 'accepted', tip, changed, reports: [], warnings }
  const order = { tip, turned: mended, folder: join(folder, 'line-ends'), author, dateSeconds }
  const normalised = await normaliseLineEnds(repo, order)
  const reports = [`line ends put back: ${named(mended.map(({ path }) => path))}`]
  return { kind: 'accepted', tip: normalised, changed: await changedPaths(repo, base, normalised), reports, warnings }
}

/** Work, and the configuration that it is judged by. */
interface Judged extends Pick<Handed, 'repo' | 'base' | 'tip'> {
  config: Pick<Config, 'gate'>
  /** Paths that differ from the base. */
  changed: readonly string[]
}

/** All refusals in one line, each with what to do. */
export function refusalText(refusals: readonly Refusal[]): string {
  const texts = refusals.slice(0, SHOWN_MAX).map(({ message, fix }) => `${message} (${fix})`)
  const more = refusals.length > SHOWN_MAX ? `; and ${refusals.length - SHOWN_MAX} more` : ''
  return texts.join('; ') + more
}

function markersRefusal(paths: string[]): Refusal[] {
  if (paths.length === 0) return []
  return [{ kind: 'markers', paths, message: `conflict markers in ${named(paths)}`, fix: 'finish the merge' }]
}

function lineEndsRefusal(turned: readonly Turned[]): Refusal[] {
  if (turned.length === 0) return []
  const paths = turned.map(({ path }) => path)
  const message = `the line ends of ${named(paths)} were turned, so every line differs`
  const fix = 'put them back, declare them in .gitattributes, or set landing.line_endings'
  return [{ kind: 'line endings', paths, message, fix }]
}

/** An edit of what judges it has no effect on its own landing. It is no reason to refuse it either. */
export async function gateWarnings({ repo, config, base, tip, changed }: Judged): Promise<Failure[]> {
  const gate = config.gate ?? []
  const names = [`${base}:${CONFIG_FILE}`, `${tip}:${CONFIG_FILE}`]
  const texts = changed.includes(CONFIG_FILE) ? await readBlobs(repo, names) : new Map<string, Buffer>()
  const [before, after] = names.map((name) => texts.get(name)?.toString('utf8') ?? null)
  const edits = await gateEdits({ gate, changed, before: before!, after: after! })
  if (edits.length === 0) return []
  const message = `it changes what it is judged by: ${named(edits)}`
  const fix = 'look at that part yourself; a changed gate in sluice.yaml counts from the next run on'
  return [{ code: 'W508', message, fix, details: { paths: edits } }]
}

function named(paths: readonly string[]): string {
  const more = paths.length > SHOWN_MAX ? ` and ${paths.length - SHOWN_MAX} more` : ''
  return paths.slice(0, SHOWN_MAX).join(', ') + more
}
