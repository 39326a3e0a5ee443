/**
 * What the tests of this room share: a repository with a store, and orchestrators that are begun on it one after the
 * other, as the command does it. Each opens the store anew, so nothing survives but what is on the disk.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { begin } from '../../src/coordinator/begin.ts'
import { Bell } from '../../src/coordinator/bell.ts'
import { type Context, Tasks } from '../../src/coordinator/context.ts'
import { Coordinator, type RunOptions } from '../../src/coordinator/coordinator.ts'
import { diskRoom } from '../../src/coordinator/disk-room.ts'
import type { Ledger } from '../../src/coordinator/ledger.ts'
import { type Paths, pathsOf } from '../../src/coordinator/paths.ts'
import { sweepGates } from '../../src/coordinator/gating.ts'
import { recoverCheckout, recoverLandings } from '../../src/coordinator/recover.ts'
import { SlotPool } from '../../src/coordinator/slot-pool.ts'
import { slotAt } from '../../src/git/slot.ts'
import { commitOf, readTip } from '../../src/landing/tip.ts'
import type { Check, Config } from '../../src/model/config.ts'
import type { Event } from '../../src/model/event.ts'
import type { ExitCode } from '../../src/model/failure.ts'
import type { MachineFacts } from '../../src/model/machine.ts'
import type { RequestBody } from '../../src/model/run.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import { type ClockReading, readClock } from '../../src/process/clock.ts'
import { Sampling } from '../../src/process/sampling.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { Keys } from '../../src/tools/keys/keys.ts'
import { toolsOf } from '../../src/tools/registry.ts'
import type { Tool } from '../../src/tools/tool.ts'
import { PERSON, type Yard, yard } from '../landing/room.ts'
import { sampleWorkstream } from '../store/sample.ts'
import { configOf, settings } from '../tools/stage.ts'

export interface Begun extends AsyncDisposable {
  context: Context
  ledger: Ledger
  store: Store
  opening: Event[]
  /** What listeners heard, in order. */
  heard: Event[]
  coordinator: Coordinator
  run(): Promise<ExitCode>
}

export interface Desk extends Yard {
  config: Config
  paths: Paths
  /** Begins or resumes a run of the plan; `seat` 1 unless told otherwise. */
  begin(
    plan: readonly Workstream[],
    more?: Partial<RunOptions> & {
      store?: (store: Store) => Store
      gateSlots?: number
      machine?: () => MachineFacts
      clock?: () => ClockReading
      /** The time of day, for waits that a test does not want to sit out. */
      now?: () => number
    },
  ): Promise<Begun>
  /** Writes a request as a command does. */
  ask(store: Store, body: RequestBody): Promise<string>
  /** A file that tools and checks can write to, and its lines. */
  diary: string
  lines(): Promise<string[]>
}

/** A machine on which nothing is short. */
export const ROOMY: MachineFacts = {
  memory: { totalBytes: 16e9, availableBytes: 12e9 },
  memoryPressure: 0,
  load: 0.5,
  disks: [{ what: 'the slots', path: '/', freeBytes: 100e9, totalBytes: 500e9 }],
}

export const check = (run: string): Check => ({ name: run, run, timeoutMinutes: null, paths: [] })

/** A workstream without a scope. */
export const stream = (id: string, fields: Partial<Workstream> = {}): Workstream =>
  sampleWorkstream(id, { filesScope: [], digest: `digest of ${id}`, ...fields })

/** Tools are shell scripts by name, in the order given, with the test's folder as `$DESK`; `manual: null` is the person. */
export async function desk(
  tools: Record<string, string | null> = {},
  more: Partial<Config> = {},
  isFree = true,
): Promise<Desk> {
  const y = await yard({ isFree, files: { 'README.md': 'hello\n', '.gitignore': '.sluice/\n' } })
  const all = Object.entries(tools).map(
    ([name, script]) =>
      [name, settings(script === null ? {} : { command: ['sh', '-c', script], env: { DESK: y.at.dir } })] as const,
  )
  const base = configOf(Object.keys(tools), Object.fromEntries(all))
  const config: Config = { ...base, paths: { work: join(y.at.dir, 'work'), logs: '.sluice/logs' }, ...more }
  const paths = pathsOf(y.repo, config)
  mkdirSync(paths.state)
  const diary = join(y.at.dir, 'diary')
  writeFileSync(diary, '')
  let requests = 0
  return {
    ...y,
    config,
    paths,
    diary,
    lines: async () => (await y.at.read(diary)).split('\n').filter((line) => line !== ''),
    async begin(plan, options = {}) {
      await recoverCheckout(y.repo, paths)
      const found = await readTip(y.repo, 'main')
      const tip = commitOf(found)
      const store = (options.store ?? ((same) => same))(openStore(paths.store))
      const seats = options.seats ?? 1
      const now = options.now ?? Date.now
      const { ledger, opening } = await begin({
        store,
        repo: y.repo,
        target: 'main',
        tip,
        plan,
        agents: seats,
        now,
      })
      const heard: Event[] = []
      ledger.onEvent((event) => heard.push(event))
      const bell = new Bell()
      const known = toolsOf(config)
      const present = new Map<string, Tool>(config.tools.order.map((name) => [name, known.get(name)!]))
      const gates = Array.from({ length: options.gateSlots ?? 2 }, (_, i) => slotAt(paths.work, 'gates', i + 1))
      const machine = options.machine ?? ((): MachineFacts => ROOMY)
      const context: Context = {
        ledger,
        repo: y.repo,
        config,
        paths,
        target: 'main',
        identity: PERSON,
        signs: false,
        tools: present,
        gates: new SlotPool(gates),
        bell,
        tasks: new Tasks(bell),
        machine,
        room: diskRoom(ledger, paths, machine),
        sampling: new Sampling(),
        keys: new Keys({ folder: paths.keys, tools: present.values(), environment: process.env }),
        now,
        clock: options.clock ?? readClock,
      }
      ledger.tell(opening)
      await recoverLandings(context, await sweepGates(context.paths.work))
      const defaults: RunOptions = { seats, only: null, staysForPeople: false, greenBase: tip, boundMinutes: 1 }
      const coordinator = new Coordinator(context, { ...defaults, ...options, seats })
      return {
        context,
        ledger,
        store,
        opening,
        heard,
        coordinator,
        run: () => coordinator.run(),
        [Symbol.asyncDispose]: () => store.close(),
      }
    },
    async ask(store, body) {
      const id = `request-${String(++requests).padStart(4, '0')}`
      const request = { id, at: Date.now(), body, state: 'open', answer: null } as const
      await store.record({ run: (await store.latestRun())?.id ?? '', at: Date.now(), requests: [request] })
      return id
    },
  }
}

/** States by id. */
export function states(ledger: Ledger): Record<string, string> {
  return Object.fromEntries([...ledger.views()].map(([id, { name }]) => [id, name]))
}

/** Resolves with the first event that the listener likes, heard already or to come. */
export function untilEvent(begun: Begun, likes: (event: Event) => boolean): Promise<Event> {
  const past = begun.heard.find(likes)
  if (past !== undefined) return Promise.resolve(past)
  return new Promise((resolve) => {
    begun.ledger.onEvent((event) => {
      if (likes(event)) resolve(event)
    })
  })
}

/** Makes a fifo in the test's folder: who reads it waits for who writes, and the other way round. */
export function fifo(d: Desk, name: string): string {
  const path = join(d.at.dir, name)
  execFileSync('mkfifo', [path])
  return path
}

/** A tool that writes a file of the workstream's name. */
export const WRITE = 'echo "$SLUICE_WORKSTREAM $SLUICE_ATTEMPT" > "$SLUICE_WORKSTREAM.txt"'

/** Tool and outcome of every attempt, in order. */
export function outcomes({ ledger }: Begun, id: string): [string, string | undefined][] {
  return (ledger.attempts.get(id) ?? []).map(({ tool, outcome }) => [tool, outcome?.kind])
}

/** Text files of the target. */
export async function files(d: Desk): Promise<string[]> {
  const all = await d.at.git(['ls-tree', '-r', '--name-only', 'main'])
  return all.split('\n').filter((path) => path.endsWith('.txt'))
}

/** Is it an event of this type (and workstream)? */
export function is(type: Event['type'], workstream?: string): (event: Event) => boolean {
  return (event) => event.type === type && (workstream === undefined || event.workstream === workstream)
}
