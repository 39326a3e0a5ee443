/**
 * A plan of 37 workstreams in the shape of a real refactoring: eleven roots, a chain of eight, late workstreams that wait
 * for nearly everything. A plan that was really written takes its place where its folder is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Simulated } from '../src/plan/simulate.ts'
import { simulate } from '../src/plan/simulate.ts'

/** Beside the project, not in it: input that belongs to others. */
const REAL_PLAN = join(dirname(dirname(import.meta.dirname)), 'shared', 'corpus', 'refactor-37')

/** Numbers of the workstreams that each one waits for; a workstream's own number is its place in the list. */
const DEPENDS_ON: readonly (readonly number[])[] = [
  [], [], [], [], [], [], [], [], [], [], [],
  [0], [1, 2], [1, 2], [2, 3, 4], [5], [6], [7], [8, 9],
  [11, 12], [12, 13, 14], [15], [16, 17], [17],
  [19, 20], [21], [21, 22], [22, 23],
  [24, 25], [26], [26, 27],
  [28, 29, 30], [29], [18, 30],
  [28, 31, 32, 33, 10], [31, 33, 0, 3],
  [34, 35, 18, 23, 27],
] // prettier-ignore

/** What a workstream of the plan is to a bench; other keys of the file go into the repository as they are. */
export interface PlannedFile {
  id: string
  dependsOn: string[]
  /** Its name and text in the repository. */
  path: string
  text: string
}

/** The file that the tool of a bench writes for a workstream: below the root, one for each, so that nothing conflicts. */
export function resultOf(id: string): string {
  return `results/${id}.txt`
}

export interface Refactoring {
  /** `refactor-37`, or `generated`. */
  name: string
  workstreams: PlannedFile[]
}

/** The plan. Estimates are left out: the tools of a bench all take the same time. */
export function refactoring(): Refactoring {
  if (!existsSync(REAL_PLAN)) {
    const idOf = (index: number): string => `step-${String(index + 1).padStart(2, '0')}`
    const workstreams = DEPENDS_ON.map((on, index) =>
      planned(idOf(index), on.map(idOf), { title: `Step ${index + 1}` }),
    )
    return { name: 'generated', workstreams }
  }
  const files = readdirSync(REAL_PLAN).filter((name) => name.endsWith('.json'))
  const workstreams = files.sort().map((name) => {
    const { id, depends_on, ...rest } = JSON.parse(readFileSync(join(REAL_PLAN, name), 'utf8'))
    return planned(id, depends_on ?? [], rest)
  })
  return { name: basename(REAL_PLAN), workstreams }
}

function planned(id: string, dependsOn: string[], rest: Record<string, unknown>): PlannedFile {
  const { estimated_hours: _estimate, metadata: _metadata, files_create, ...keys } = rest
  const created = [...(Array.isArray(files_create) ? files_create : []), resultOf(id)]
  const text = JSON.stringify({ ...keys, id, depends_on: dependsOn, files_create: created }, null, 2)
  return { id, dependsOn, path: `workstreams/${id}.json`, text: `${text}\n` }
}

/** Rounds that the plan takes on `agents` seats when every workstream takes one. */
export function roundsOf({ workstreams }: Refactoring, agents: number): number {
  const simulated = workstreams.map(({ id, dependsOn }): Simulated => ({
    id,
    dependsOn: [...new Set(dependsOn)],
    priority: 0,
    track: null,
    estimateMinutes: 1,
  }))
  return simulate(simulated, agents).makespanMinutes
}

/** `sluice.yaml` for the plan: one command tool that works for `seconds` and writes the workstream's file. */
export function configuration({ agents, seconds, gate }: { agents: number; seconds: number; gate: string[] }): string {
  const work = `sleep ${seconds}; mkdir -p results; echo "$SLUICE_WORKSTREAM is done" > "results/$SLUICE_WORKSTREAM.txt"`
  return `${JSON.stringify(
    {
      version: 1,
      target: 'main',
      workstreams: 'workstreams/*.json',
      agents,
      acceptance: 'show',
      sandbox: 'off',
      watch: { memory: { warn: [100, '0s'], critical: [100, '0s'] } },
      tools: { order: ['worker'], worker: { command: ['sh', '-c', work] } },
      gate,
    },
    null,
    2,
  )}\n`
}
