/**
 * From files to a plan, or to everything that is wrong with it in one go. A file that cannot be read does not hide what
 * is wrong with the others.
 */
import { basename, extname } from 'node:path'
import type { Config } from '../model/config.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { didYouMean, foldId } from '../model/id.ts'
import type { Workstream } from '../model/workstream.ts'
import { approvalDiagnostics } from './approval.ts'
import { CONFIG_FILE } from './config.ts'
import { type PlacedDraft, resolveDependencies } from './dependencies.ts'
import type { Reporter } from './dialect.ts'
import { executableIn } from './executable.ts'
import { fieldsIn, shown } from './fields.ts'
import { planFiles } from './files.ts'
import type { Document, Path } from './read/document.ts'
import { readPlanFile } from './read/file.ts'
import { wishedTools } from './wished-tools.ts'
import { readWorkstream } from './workstream.ts'

export interface Plan {
  /** In the order of the files' names; with errors: those that could be read. */
  workstreams: Workstream[]
  duplicateDependencies: number
  /** By file, line and column. */
  diagnostics: Diagnostic[]
}

export interface LoadOptions {
  /** Is this word a program? By default: on PATH, or an executable file below the root. */
  isExecutable?: (word: string) => boolean
}

/** A plan can be run when nothing in it is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

/** What the plan is read by, and what of the configuration is about workstreams of it. */
type Named = Pick<Config, 'workstreams'> &
  Partial<Pick<Config, 'acceptance' | 'tools'>> & { landing?: Pick<Config['landing'], 'approve'> }

/** Loads and checks the plan that `config` names below `root`. Wrong input is never thrown, always reported. */
export async function loadPlan(root: string, config: Named, options: LoadOptions = {}): Promise<Plan> {
  // Where nothing is executed, it does not matter what is missing.
  const warnsOfMissing = config.acceptance !== 'show'
  const isExecutable = options.isExecutable ?? executableIn(root, process.env['PATH'] ?? '')
  const { files, diagnostics } = planFiles(root, config.workstreams, CONFIG_FILE)
  const unknown: UnknownKeys = new Map()
  const unreadable: string[] = []
  const drafts: PlacedDraft[] = []
  for (const file of files) {
    const read = readPlanFile(`${root}/${file}`)
    const reading = read instanceof Promise ? await read : read
    for (const problem of reading.problems)
      diagnostics.push({ code: 'E103', severity: 'error', file, workstream: null, ...problem })
    if (reading.document === null) {
      unreadable.push(file)
      continue
    }
    drafts.push(...draftsOf(file, reading.document, { diagnostics, unknown, isExecutable, warnsOfMissing }))
  }
  if (files.length > 0 && drafts.length === 0 && diagnostics.length === 0) diagnostics.push(nothingIn(files))
  const distinct = distinctIds(drafts, diagnostics)
  const resolved = resolveDependencies(distinct, unreadable)
  const wished = config.tools === undefined ? [] : wishedTools(distinct, config.tools.order)
  const all = [...diagnostics, ...unknownKeys(unknown), ...wished, ...resolved.diagnostics]
  // A file that cannot be read may hold what is named.
  if (unreadable.length === 0 && resolved.workstreams.length > 0)
    all.push(...approvalDiagnostics(config.landing?.approve ?? [], resolved.workstreams, CONFIG_FILE))
  return { ...resolved, diagnostics: all.sort(byPlace) }
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column
}

interface Shared {
  diagnostics: Diagnostic[]
  unknown: UnknownKeys
  isExecutable: (word: string) => boolean
  warnsOfMissing: boolean
}

/** A file holds one object, an array, or a bundle. */
function draftsOf(file: string, document: Document, shared: Shared): PlacedDraft[] {
  const defaultId = basename(file, extname(file)).toLowerCase()
  const bundle = fieldsIn(document.value)
  const inBundle = bundle !== null && Array.isArray(bundle['workstreams']) ? (bundle['workstreams'] as unknown[]) : null
  const items: { value: unknown; path: Path }[] = inBundle
    ? inBundle.map((value, index) => ({ value, path: ['workstreams', index] }))
    : Array.isArray(document.value)
      ? (document.value as unknown[]).map((value, index) => ({ value, path: [index] }))
      : [{ value: document.value, path: [] }]
  const isBundle = bundle !== null && bundle['id'] === undefined && bundle['ws_id'] === undefined
  if (isBundle && bundle['workstreams'] !== undefined && inBundle === null) {
    const report = reporterFor(file, document, [], null, shared)
    const fix = 'write a list of objects: "workstreams": [{ "id": ..., "tasks": [...] }]'
    report.error(['workstreams'], `\`workstreams\` is ${shown(bundle['workstreams'])}, not a list`, fix)
    return []
  }
  if (inBundle) {
    const report = reporterFor(file, document, [], null, shared)
    for (const key of Object.keys(bundle!)) {
      if (key !== 'bundle_id' && key !== 'workstreams') report.unknownKey([key], key, ['bundle_id', 'workstreams'])
    }
  }
  // The drafts keep the way to positions, not the document: its value would stay in memory with it.
  const { positionOf } = document
  return items.flatMap(({ value, path }) => {
    const named = fieldsIn(value)
    const id =
      typeof named?.['id'] === 'string' ? named['id'] : typeof named?.['ws_id'] === 'string' ? named['ws_id'] : null
    const report = reporterFor(file, document, path, id, shared)
    const draft = readWorkstream(value, { file, body: document.body, defaultId }, report, shared)
    if (draft === null) return []
    return [{ ...draft, positionOf: (below: Path, of: 'key' | 'value') => positionOf([...path, ...below], of) }]
  })
}

function reporterFor(
  file: string,
  { positionOf }: Document,
  base: Path,
  workstream: string | null,
  shared: Shared,
): Reporter {
  const report = (severity: 'error' | 'warning') => (path: Path, message: string, fix: string) => {
    shared.diagnostics.push({
      code: 'E103',
      severity,
      file,
      ...positionOf([...base, ...path], 'value'),
      workstream,
      message,
      fix,
    })
  }
  return {
    error: report('error'),
    warning: report('warning'),
    unknownKey(path, key, known) {
      const first = shared.unknown.get(key)
      if (first) first.count++
      else
        shared.unknown.set(key, {
          count: 1,
          known,
          file,
          workstream,
          positionOf: () => positionOf([...base, ...path], 'key'),
        })
    },
  }
}

/** Per key name: where it was met first, and how often. */
type UnknownKeys = Map<
  string,
  {
    count: number
    known: readonly string[]
    file: string
    workstream: string | null
    positionOf: () => { line: number; column: number }
  }
>

function unknownKeys(unknown: UnknownKeys): Diagnostic[] {
  return [...unknown].map(([key, { count, known, file, workstream, positionOf }]) => {
    const meant = didYouMean(key, known)
    const times = count === 1 ? '' : ` (${count} times in this plan, here first)`
    return {
      code: 'E103',
      severity: 'warning',
      file,
      ...positionOf(),
      workstream,
      message: `unknown key \`${key}\`, kept under metadata${times}`,
      fix: meant === null ? 'put it under `metadata`' : `did you mean \`${meant}\`?`,
    }
  })
}

function nothingIn(files: readonly string[]): Diagnostic {
  const message = `no workstreams in ${files.slice(0, 3).join(', ')}`
  return {
    code: 'E103',
    severity: 'error',
    file: files[0]!,
    line: 0,
    column: 0,
    workstream: null,
    message,
    fix: 'add at least one',
  }
}

/** Keeps the first of several workstreams with one id, and reports the id once, naming every place. */
function distinctIds(drafts: readonly PlacedDraft[], diagnostics: Diagnostic[]): PlacedDraft[] {
  const byId = Map.groupBy(drafts, ({ workstream }) => foldId(workstream.id))
  for (const same of byId.values()) {
    if (same.length === 1) continue
    const places = same.map((draft) => ({ ...draft.positionOf(['id'], 'value'), file: draft.workstream.file }))
    const ids = [...new Set(same.map(({ workstream }) => workstream.id))].join(', ')
    diagnostics.push({
      code: 'E103',
      severity: 'error',
      ...places[1]!,
      workstream: same[1]!.workstream.id,
      message: `the id ${ids} is used ${same.length} times: ${places.map(({ file, line }) => `${file}:${line}`).join(', ')}`,
      fix: 'give each its own id (upper and lower case count as the same)',
    })
  }
  return [...byId.values()].map(([first]) => first!)
}
