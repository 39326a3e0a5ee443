/**
 * Works that are finished already, so that a bench of landings has no agents in it: a commit for each workstream, all of
 * them made from the first commit of `main`, handed in as a person's and waiting for the next `sluice run`.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Event } from '../src/model/event.ts'
import { openStore } from '../src/store/open.ts'
import type { Place } from './place.ts'
import { type Files, makeRepository } from './repository.ts'

const NEEDS_A_HUMAN = 3
/** Events that are read at once. */
const EVENTS_MAX = 1000

export interface Work {
  id: string
  /** Path and text of what it writes. */
  files: readonly (readonly [string, string])[]
}

export interface Landings {
  gate: string
  window: number
  mode: 'single' | 'groups'
}

/** Makes the repository with a workstream for each work, and leaves all of them to be landed, in the order given. */
export async function handIn(place: Place, works: readonly Work[], files: Files, landings: Landings): Promise<void> {
  const { gate, window, mode } = landings
  const yaml = {
    version: 1,
    target: 'main',
    workstreams: 'workstreams/*.json',
    agents: 1,
    sandbox: 'off',
    tools: { order: ['manual'] },
    gate: [gate],
    landing: { window, mode },
  }
  const plan = works.map(({ id, files: written }, index) => ({
    id,
    tasks: [id],
    files_create: written.map(([path]) => path),
    priority: works.length - index,
  }))
  const settings = [
    ['sluice.yaml', JSON.stringify(yaml)],
    ['workstreams/plan.json', JSON.stringify(plan)],
  ] as const
  makeRepository(place, [...settings, ...files])
  const commits = makeBranches(place, works)
  // The target is checked out nowhere: bringing a checkout forward is not what is measured.
  place.git('switch', '-q', '-c', 'elsewhere')
  const { exit, stderr } = place.sluice('run', '--no-input')
  if (exit !== NEEDS_A_HUMAN) throw new Error(`run ended with ${exit}:\n${stderr}`)
  const store = openStore(storeOf(place))
  try {
    const run = await store.latestRun()
    const requests = works.map(({ id }, index) => {
      const name = `request-${String(index).padStart(4, '0')}`
      const body = { kind: 'resolve', id, work: commits[index]! } as const
      return { id: name, at: Date.now(), body, state: 'open', answer: null } as const
    })
    await store.record({ run: run!.id, at: Date.now(), requests })
  } finally {
    await store.close()
  }
}

function makeBranches(place: Place, works: readonly Work[]): string[] {
  const parts: string[] = []
  for (const { id, files } of works) {
    parts.push(`commit refs/heads/work/${id}\ncommitter Bench <bench@example.org> 1700000000 +0000\n`)
    parts.push('data 0\n', 'from refs/heads/main^0\n')
    for (const [path, text] of files)
      parts.push(`M 100644 inline ${path}\n`, `data ${Buffer.byteLength(text)}\n${text}\n`)
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: place.repo, env: place.env, input: parts.join('') })
  return place.git('rev-parse', ...works.map(({ id }) => `work/${id}`)).split('\n')
}

/** Everything that has happened in the place's run, in order. */
export async function eventsOf(place: Place): Promise<Event[]> {
  const store = openStore(storeOf(place))
  try {
    const run = await store.latestRun()
    const events: Event[] = []
    for (;;) {
      const more = await store.events(run!.id, events.at(-1)?.seq, EVENTS_MAX)
      events.push(...more)
      if (more.length < EVENTS_MAX) return events
    }
  } finally {
    await store.close()
  }
}

function storeOf({ repo }: Place): string {
  return join(repo, '.sluice', 'sluice.db')
}
