/**
 * Tools at work. They live in the world, not in an orchestrator: one that is cut off leaves them to go on, and finds them,
 * or what has become of them, when it comes again.
 */
import type { World } from './world.ts'

/** How an attempt goes, decided before. */
export interface Fate {
  kind: FateKind
  /** How long it works. */
  ms: number
}

export type FateKind = keyof typeof FATES

interface Ending {
  /** null: it never ends by itself. */
  exit: { code: number | null; signal: string | null } | 'lost' | null
  /** The last words in its log. */
  says: string
  leaves: 'work' | 'nothing' | 'part'
  /** It prints nothing, computes nothing and changes nothing, for as long as it takes. */
  isSilent?: boolean
}

const failed = (says: string): Ending => ({ exit: { code: 1, signal: null }, says, leaves: 'part' })
const well = { code: 0, signal: null }

/** What a tool does to itself, and what of that can be seen. The words are those of real programs. */
export const FATES = {
  ok: { exit: well, says: 'done', leaves: 'work' },
  'no change': { exit: well, says: 'nothing to do', leaves: 'nothing' },
  crash: failed('TypeError: undefined is not a function'),
  'odd crash': { exit: { code: null, signal: 'SIGSEGV' }, says: '', leaves: 'part' },
  refusal: { exit: well, says: "I'm sorry, but I can't help with that", leaves: 'nothing' },
  rate: failed('429 rate_limit_error: too many requests'),
  overloaded: failed('529 overloaded_error'),
  network: failed('connect ECONNREFUSED 10.0.0.1:443'),
  quota: failed('insufficient_quota: exceeded your current quota'),
  auth: failed('401 authentication_error: invalid x-api-key'),
  missing: { exit: { code: 127, signal: null }, says: 'setsid: failed to execute agent', leaves: 'nothing' },
  'out of memory': failed('FATAL ERROR: JavaScript heap out of memory'),
  'killed for memory': { exit: { code: null, signal: 'SIGKILL' }, says: '', leaves: 'part' },
  'full disk': failed('ENOSPC: no space left on device'),
  lost: { exit: 'lost', says: '', leaves: 'part' },
  endless: { exit: null, says: 'still at it', leaves: 'part' },
  silent: { exit: null, says: 'thinking', leaves: 'part', isSilent: true },
  question: { exit: null, says: 'Shall I go on? [y/n]', leaves: 'part', isSilent: true },
  'late end': { exit: well, says: 'done', leaves: 'work' },
  markers: { exit: well, says: 'done', leaves: 'work' },
  'out of scope': { exit: well, says: 'done', leaves: 'work' },
  'fails its tests': { exit: well, says: 'done', leaves: 'work' },
  'breaks the gate': { exit: well, says: 'done', leaves: 'work' },
  'breaks the end': { exit: well, says: 'done', leaves: 'work' },
  'never starts': { exit: null, says: '', leaves: 'nothing' },
} as const satisfies Record<string, Ending>

export interface Tool {
  nonce: string
  workstream: string
  attempt: number
  tool: string
  /** Where it works, and the attempt's folder. */
  worktree: string
  dir: string
  fate: Fate
  begunAt: number
  /** null: it is at work. */
  end: { code: number | null; signal: string | null } | 'lost' | null
  /** Nothing of it lives any more. */
  isGone: boolean
  /** What it has put into its own file; null: nothing so far. */
  wrote: string | null
  /** Heard when it ends. */
  onEnd: (() => void)[]
}

/** Puts what a tool made into its worktree. */
export type Writes = (tool: Tool, how: 'work' | 'part') => void

export class Tools {
  readonly #world: World
  readonly all: Tool[] = []
  writes: Writes = () => {}

  constructor(world: World) {
    this.#world = world
  }

  get living(): Tool[] {
    return this.all.filter(({ isGone }) => !isGone)
  }

  byNonce(nonce: string): Tool | undefined {
    return this.all.find((tool) => tool.nonce === nonce)
  }

  byFolder(dir: string): Tool | undefined {
    return this.all.findLast((tool) => tool.dir === dir)
  }

  begin(begun: Omit<Tool, 'begunAt' | 'end' | 'isGone' | 'wrote' | 'onEnd'>): Tool {
    const { clock, watcher, worktrees, commits } = this.#world
    const tool: Tool = { ...begun, begunAt: clock.now, end: null, isGone: false, wrote: null, onEnd: [] }
    this.all.push(tool)
    watcher.launched(tool, commits.writeTree(worktrees.get(tool.worktree)?.files ?? []))
    this.#world.tell(`begins ${tool.workstream}.${tool.attempt} ${tool.tool} in ${tool.worktree}: ${tool.fate.kind}`)
    if (tool.fate.kind !== 'ok') this.#world.fault(tool.fate.kind)
    const ending: Ending = FATES[tool.fate.kind]
    this.#world.disk.write(`${tool.dir}/out.log`, 'begins\n')
    clock.after(tool.fate.ms / 2, 'world', () => {
      if (!tool.isGone && ending.leaves !== 'nothing') this.writes(tool, 'part')
    })
    if (ending.exit === null) this.#world.disk.write(`${tool.dir}/out.log`, `${ending.says}\n`)
    else clock.after(tool.fate.ms, 'world', () => this.#end(tool, ending))
    return tool
  }

  /** Ends whatever of it lives; what was in the worktree stays there. */
  kill(nonce: string): number {
    const tool = this.byNonce(nonce)
    if (tool === undefined || tool.isGone) return 0
    tool.isGone = true
    tool.end ??= { code: null, signal: 'SIGKILL' }
    this.#world.tell(`killed ${tool.workstream}.${tool.attempt}`)
    return 1
  }

  /** Whoever has waited for an end is dead. */
  loseListeners(): void {
    for (const tool of this.all) tool.onEnd.length = 0
  }

  /** A power cut: nobody has written down how anything ended. */
  killAll(): void {
    for (const tool of this.living) {
      tool.isGone = true
      tool.end = 'lost'
    }
  }

  #end(tool: Tool, { exit, leaves, says }: Ending): void {
    if (tool.isGone || exit === null) return
    if (leaves !== 'nothing') this.writes(tool, leaves)
    if (tool.fate.kind === 'killed for memory') this.#world.memoryKills += 1
    this.#world.disk.write(`${tool.dir}/out.log`, `begins\n${says}\n`)
    tool.end = exit
    // What supervised it was killed, and nothing ends the tool itself: it would go on writing.
    tool.isGone = exit !== 'lost'
    this.#world.tell(`ends ${tool.workstream}.${tool.attempt}`)
    for (const hear of tool.onEnd.splice(0)) hear()
  }
}
