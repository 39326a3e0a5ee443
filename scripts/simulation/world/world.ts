/**
 * The world that an orchestrator meets: one clock, one repository, one disk, tools at work. It outlives every orchestrator,
 * which may be cut off before and after each thing that it does to the world; then all that it waits for never comes.
 *
 * The stand-ins of `stand-ins/` ask for the current one. There is one at a time in a process.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Change } from '../../../src/store/store.ts'
import { randomNumbers } from '../../random.ts'
import { Clock } from './clock.ts'
import { Commits } from './commits.ts'
import { Disk } from './disk.ts'
import { type Fate, type Tool, Tools } from './tools.ts'

/** Where the repository is said to be. */
export const ROOT = '/simulated'

/** Who looks on. All is called at the very moment it happens, so nothing can be put right before it is seen. */
export interface Watcher {
  /** A ref of the repository moves (null: it is not there). */
  ref: (name: string, before: string | null, after: string | null, by: 'sluice' | 'person') => void
  /** A tool begins in a worktree that holds this tree. */
  launched: (tool: Tool, tree: string) => void
  /** Somebody of ours reads or writes a worktree. */
  touched: (worktree: string, why: string) => void
  checked: (command: string, commit: string, isGreen: boolean) => void
  recorded: (change: Change) => void
}

export interface Worktree {
  /** Where the branch in it stands. */
  start: string
  files: Map<string, string>
}

/** What the seed has in store for orchestrators. */
export interface Fortune {
  /** Cuts the orchestrator off after (or before) this many of its doings, from the first one of the run on. */
  crashAt: ReadonlySet<number>
  /** Git fails at these, for no reason that it tells. */
  gitFailsAt: ReadonlySet<number>
  /** Share of doings that take a while, so that others come in between. */
  lag: number
}

/** What the checks of the world say, and how long they take. */
export interface Gate {
  lengthMs: () => number
  /** Why the command is red on this commit; null: it is green. */
  judge: (command: string, commit: string) => string | null
}

const LAG_MS_MAX = 4_000

export class World {
  readonly clock = new Clock()
  readonly commits = new Commits()
  readonly refs = new Map<string, string>()
  readonly disk = new Disk()
  readonly worktrees = new Map<string, Worktree>()
  readonly tools: Tools
  readonly watcher: Watcher
  fortune: Fortune = { crashAt: new Set(), gitFailsAt: new Set(), lag: 0 }
  gate: Gate = { lengthMs: () => 0, judge: () => null }
  /** How the attempt of a workstream goes. */
  fates: (workstream: string, attempt: number) => Fate = () => ({ kind: 'ok', ms: 60_000 })
  /** Told when a person has done something where the target lives. */
  onTargetTouched: () => void = () => {}
  #gitCalls = 0
  /** Doings of orchestrators so far. */
  doings = 0
  /** The orchestrator of this moment was cut off. */
  isDead = false
  /** How often the kernel has killed for lack of memory. */
  memoryKills = 0
  /** The machine has no room for another agent. */
  isShort = false
  /** Edits of a person stand in the way of the target's checkout. */
  isDirty = false
  /** Chance for what is not decided beforehand: delays and ids. */
  readonly #random: () => number
  readonly #hash: Hash = createHash('sha256')
  /** Everything that happened, one line each. */
  readonly tape: string[] = []
  /** Faults that came true, by name. */
  readonly faults = new Map<string, number>()

  constructor(seed: number, watcher: Watcher) {
    this.#random = randomNumbers(seed ^ 0x5eed)
    this.watcher = watcher
    this.tools = new Tools(this)
  }

  random(): number {
    return this.#random()
  }

  tell(line: string): void {
    const text = `${((this.clock.now - this.clock.begunAt) / 1000).toFixed(3)} ${line}`
    this.tape.push(text)
    this.#hash.update(`${text}\n`)
  }

  /** Of the tape: the same for the same run. */
  fingerprint(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }

  fault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
  }

  /** Whether git fails this time, in a place where it may. */
  failsNow(fault: string): boolean {
    if (!this.fortune.gitFailsAt.has(++this.#gitCalls)) return false
    this.fault(fault)
    return true
  }

  /** Does something to the world for an orchestrator, which may be cut off around it. `act` does it in one moment. */
  async doing<T>(name: string, act: () => T): Promise<T> {
    await this.#moment()
    if (this.#isCutOff(name)) return await never()
    const result = act()
    if (this.#isCutOff(name)) return await never()
    return result
  }

  /** Looks at the world for an orchestrator. */
  async looking<T>(look: () => T): Promise<T> {
    if (this.isDead) return await never()
    return look()
  }

  /** A ref is moved, or removed. */
  setRef(name: string, to: string | null, by: 'sluice' | 'person' = 'sluice'): void {
    const before = this.refs.get(name) ?? null
    if (before === to) return
    if (to === null) this.refs.delete(name)
    else this.refs.set(name, to)
    this.watcher.ref(name, before, to, by)
    this.tell(`${by} ref ${name} ${to?.slice(0, 10) ?? 'gone'}`)
  }

  async #moment(): Promise<void> {
    if (this.isDead) return await never()
    if (this.fortune.lag === 0 || this.#random() >= this.fortune.lag) return
    const ms = Math.floor(this.#random() * LAG_MS_MAX)
    await new Promise<void>((resolve) => void this.clock.after(ms, 'orchestrator', resolve))
  }

  #isCutOff(name: string): boolean {
    if (this.isDead) return true
    if (!this.fortune.crashAt.has(++this.doings)) return false
    this.isDead = true
    this.fault('crash of the orchestrator')
    this.tell(`crash around ${name}`)
    return true
  }
}

/** What somebody waits for who is dead. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {})
}

let current: World | null = null

export function enterWorld(entered: World): void {
  current = entered
}

export function isThereAWorld(): boolean {
  return current !== null
}

export function world(): World {
  if (current === null) throw new Error('there is no world')
  return current
}
