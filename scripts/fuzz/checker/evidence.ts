/**
 * What the checker goes by, read once when a case has come to its end: git (plumbing alone), the store (its file opened read-only,
 * in plain SQL), the files of `.sluice/` and of the slots. Nothing of what is under test takes part.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { filesBelow } from '../../aftermath.ts'
import { type Judge, type Moved, movesOf } from '../../gate-history.ts'
import { checkOutputsOf, outputsOf } from '../cues.ts'
import type { Prepared, Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import type { Untouched } from './untouched.ts'

/** What is known beforehand. */
export interface Check {
  stage: Stage
  scenario: Scenario
  prepared: Prepared
  untouched: Untouched
  judge: Judge
  /** In this case. */
  kills: number
  /** Everything that Sluice has printed in this case. */
  printed: readonly string[]
}

/** A commit of the target's first-parent history. */
export interface Entry {
  commit: string
  tree: string
  /** Empty where there is no such trailer. */
  workstream: string
  landing: string
  /** Landings, and reverts by their commits, that it takes back. */
  reverts: readonly string[]
  /** It stands: no later commit that stands takes it back. */
  stands: boolean
}

/** Of rows, what is looked at. */
export interface AttemptRow {
  workstream: string
  number: number
  agent: number
  tool: string
  nonce: string
  phase: string
  work: string | null
  outcome: { kind: string } | null
}

export interface LandingRow {
  id: string
  stage: string
  commit: string | null
  published: boolean
  gate: { exit: number | null }[]
}

export type StateRow = { state: string } & Record<string, unknown>

export interface EventRow {
  seq: number
  type: string
  workstream: string | null
  attempt: number | null
  doc: Record<string, unknown>
}

export interface Rows {
  runs: { id: string; state: string; agents: number }[]
  states: ReadonlyMap<string, StateRow>
  attempts: AttemptRow[]
  landings: LandingRow[]
  requests: { state: string }[]
  events: EventRow[]
  /** `pragma integrity_check`. */
  integrity: string
  /** Every text in it. */
  text: string
}

export interface Evidence extends Check {
  gitDir: string
  /** Newest first. */
  history: readonly Entry[]
  /** Of the target, oldest first. */
  moves: readonly Moved[]
  /** Commit by name. */
  refs: ReadonlyMap<string, string>
  rows: Rows
  /** By the name of the attempt's folder. */
  outputs: readonly { attempt: string; text: string }[]
  /** By file. */
  checkOutputs: readonly { file: string; text: string }[]
  /** By name. */
  logs: ReadonlyMap<string, string>
  /** `<work>`, where the slots are; null when there is none. */
  work: string | null
}

export async function gather(check: Check): Promise<Evidence> {
  const { stage } = check
  const gitDir = join(stage.repo, '.git')
  const logs = join(stage.repo, '.sluice', 'logs')
  return {
    ...check,
    gitDir,
    history: await historyOf(stage),
    moves: movesOf(gitDir, 'main'),
    refs: await refsOf(stage),
    rows: readRows(join(stage.repo, '.sluice', 'sluice.db')),
    outputs: outputsOf(stage.repo),
    checkOutputs: checkOutputsOf(stage),
    logs: new Map(filesBelow(logs).map((path) => [path.slice(logs.length + 1), readFileSync(path, 'utf8')])),
    work: workOf(stage),
  }
}

async function historyOf(stage: Stage): Promise<Entry[]> {
  const trailer = (key: string): string => `%(trailers:key=Sluice-${key},valueonly,separator=%x2C)`
  const format = ['%H', '%T', trailer('Workstream'), trailer('Landing'), trailer('Reverts')].join('%x09')
  const lines = (await stage.git('log', '--first-parent', `--format=${format}`, 'refs/heads/main')).split('\n')
  const undone = new Set<string>()
  return lines.map((line) => {
    const [commit, tree, workstream, landing, names] = line.split('\t') as [string, string, string, string, string]
    const reverts = names === '' ? [] : names.split(',')
    const stands = !undone.has(commit) && !undone.has(landing)
    if (stands) for (const name of reverts) undone.add(name)
    return { commit, tree, workstream, landing, reverts, stands }
  })
}

async function refsOf(stage: Stage): Promise<Map<string, string>> {
  const lines = (await stage.git('for-each-ref', '--format=%(refname) %(objectname)')).split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}

function readRows(file: string): Rows {
  const database = new DatabaseSync(file, { readOnly: true })
  const all = (sql: string): Record<string, SQLOutputValue>[] => database.prepare(sql).all()
  const docs = <T>(table: string): T[] => all(`select doc from ${table}`).map(({ doc }) => JSON.parse(String(doc)) as T)
  const tables = `select name from sqlite_master where type = 'table'`
  const states = all('select id, state from workstreams')
  const events = all('select seq, type, workstream, attempt, doc from events order by seq')
  try {
    return {
      runs: docs('runs'),
      states: new Map(states.map(({ id, state }) => [String(id), JSON.parse(String(state)) as StateRow])),
      attempts: docs('attempts'),
      landings: docs('landings'),
      requests: docs('requests'),
      events: events.map(({ seq, type, workstream, attempt, doc }) => ({
        seq: Number(seq),
        type: String(type),
        workstream: workstream as string | null,
        attempt: attempt as number | null,
        doc: JSON.parse(String(doc)) as EventRow['doc'],
      })),
      integrity: String(all('pragma integrity_check')[0]?.['integrity_check']),
      text: JSON.stringify(all(tables).flatMap(({ name }) => all(`select * from ${String(name)}`))),
    }
  } finally {
    database.close()
  }
}

function workOf({ state }: Stage): string | null {
  const folder = join(state, 'sluice')
  const [name] = existsSync(folder) ? readdirSync(folder) : []
  return name === undefined ? null : join(folder, name)
}
