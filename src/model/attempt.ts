/** One try of one workstream by one tool, and how it ended. */
import type { Code, Failure } from './failure.ts'
import type { Approval } from './receipt.ts'

/**
 * How a try ended. Only `ok` leads on to the checks, and `ok` needs a real difference: nothing that a tool says about
 * itself counts. `red`, `rejected`, `declined` and `conflict` are given afterwards, when the work met the gate or a person.
 */
export type OutcomeKind =
  | 'ok'
  | 'empty' // nothing changed, and the workstream allows it
  | 'no-change'
  | 'crash'
  | 'timeout'
  | 'hang'
  | 'waiting-for-input'
  | 'refusal'
  | 'out-of-scope'
  | 'rejected' // what it left behind cannot be accepted: markers, hostile trees, an unfinished merge
  | 'acceptance' // its own acceptance tests failed
  | 'red' // the gate failed on the merged tree
  | 'declined' // a person who was asked to approve it said no
  | 'conflict'
  | 'missing'
  | 'auth'
  | 'quota'
  | 'rate'
  | 'overloaded'
  | 'model' // the service does not know the model
  | 'network'
  | 'denied' // a permission was missing, so it did not do it
  | 'overflow' // what it had to read is more than the model can take
  | 'protocol' // it ended without a word that its adapter understands, or the model's answers had no form
  | 'out-of-memory'
  | 'disk'
  | 'cancelled' // by a person
  | 'lost' // with us: our own crash, a reboot, the shim killed
  | 'thrown-back' // with the work that it was built on, which did not land or was taken back

export interface Outcome {
  kind: OutcomeKind
  code: Code | null
  /** One line for people. */
  message: string
  /** What the next tool should know: the end of a log, failed tests. Bounded. */
  evidence?: string
  /** How long the service asked to be left alone; missing: it did not say. */
  retryAfterMs?: number
}

/** What a tool used of its model. */
export interface Usage {
  /** All that was read, whether from a cache or not. */
  tokensIn: number
  /** Of these, what came from a cache. */
  tokensCached: number
  tokensOut: number
  /** null: neither the tool nor the table of prices knows. */
  costUsd: number | null
  /** The cost is reckoned by a table of prices. */
  isEstimate?: true
}

/** Outcomes that do not count against `limits.attempts`; each is bounded by `UNSPENT_MAX` of `schedule/fallback`. */
const UNSPENT: ReadonlySet<OutcomeKind> = new Set([
  'missing',
  'auth',
  'quota',
  'rate',
  'overloaded',
  'model',
  'network',
  'out-of-memory',
  'disk',
  'cancelled',
  'lost',
  'conflict',
  'thrown-back',
])

export function isSpent(kind: OutcomeKind): boolean {
  return kind !== 'ok' && kind !== 'empty' && !UNSPENT.has(kind)
}

/** What a tool at work wants to be allowed, by a person; `id` tells the questions of an attempt apart. */
export interface Question {
  id: string
  what: string
}

/** A person's answer to a question, on record before the tool hears of it. */
export interface PermissionAnswer {
  question: string
  what: string
  allow: boolean
  by: string
  at: number
  comment: string | null
}

/** What a tool has told of itself so far, for who comes after us. */
export interface Hearsay {
  /** Its own name for the conversation; null: it has not said. */
  session: string | null
  usage: Usage | null
  /** What it waits for a person to allow; missing: nothing. */
  asks?: Question
  /** Of its output that were read for this. */
  bytes: number
}

/** A line of work that is not the one that was taken: kept all the same. */
export interface Stray {
  /** Below `refs/sluice/stray/`. */
  ref: string
  commit: string
}

/** The conflict that an attempt is there to settle: a merge that was begun for it. */
export interface Resolves {
  onto: string
  work: string
  /** What it starts from: a commit with both sides as parents, and markers in `paths`. Its base is `onto`. */
  start: string
  /** Files in conflict. */
  paths: string[]
}

/** Work of a dependency that an attempt began on top of: it was in the landing queue, or had landed. */
export interface Foundation {
  workstream: string
  attempt: number
  work: string
}

export interface Attempt {
  run: string
  workstream: string
  /** Grows for ever per workstream, over all runs: the fence. */
  number: number
  tool: string
  /** The seat; 0 for a human's. */
  agent: number
  /** Commit that the work is a difference from. */
  base: string
  /** Mark in the environment of the tool and all its descendants. */
  nonce: string
  phase: 'preparing' | 'running' | 'settled'
  startedAt: number
  /** The same moment by a clock that cannot be set and does not count sleep; an attempt of an older Sluice has none. */
  begun?: { bootId: string; monotonicMs: number }
  endedAt: number | null
  outcome: Outcome | null
  /** Tip of the pinned work at `refs/sluice/wip/<workstream>/<number>`, or null when there is none. */
  work: string | null
  /** Of the content that the work makes of the files (`git/work-digest.ts`); missing where there is none, or of an older Sluice. */
  digest?: string
  /** Paths that differ from the base. */
  changed: string[]
  /** Of one that runs: its work as it was a while ago. */
  checkpoint?: string
  /** Of one that runs, by a tool that tells. */
  heard?: Hearsay
  /** Of one that has ended: the tool's own name for its conversation. */
  session?: string
  /** What its tool used of a model, where that is known. */
  usage?: Usage
  /** What a person has allowed its tool, or not; missing where nobody was asked. */
  answers?: PermissionAnswer[]
  /** Who agreed that exactly this work lands; missing where nobody was asked. */
  approvals?: Approval[]
  /** What it left besides the work. An attempt of an older Sluice has no such field. */
  strays?: Stray[]
  /** What it changed outside its scope: taken out of the work, and kept in the file `patch`. */
  parked?: { paths: string[]; patch: string }
  /** What somebody should look at though it stops nothing: the work edits what it is judged by (W508). */
  warnings?: Failure[]
  /** Of one that settles a conflict. When it fails its work is none of the workstream's, however it is pinned. */
  resolves?: Resolves
  /** It began before these had landed, and falls with each of them; missing where everything had. */
  speculation?: Foundation[]
  /** Dependencies that had landed when it began: it falls with each that is taken back. An attempt of an older Sluice has no such field. */
  standsOn?: Foundation[]
}

/** What the tool of an attempt at work waits to be allowed; null: nothing, or it has been answered and hears of it just now. */
export function openQuestion({ phase, heard, answers = [] }: Attempt): Question | null {
  const question = heard?.asks
  if (phase !== 'running' || question === undefined) return null
  return answers.some(({ question: id }) => id === question.id) ? null : question
}

/** What tells a question from every other that its workstream has asked. */
export function questionKey({ number }: Attempt, { id }: Pick<Question, 'id'>): string {
  return `${number}.${id}`
}

/**
 * The newest attempt that left work behind, of a workstream's own, oldest first; after a fresh start only a later one.
 * What was thrown back has work behind it that was refused: nothing goes on from there.
 */
export function newestWork(
  attempts: readonly Attempt[],
  restart: { fresh: boolean; after: number },
): (Attempt & { work: string }) | null {
  const newest = attempts.findLast(
    ({ number, work, outcome }) =>
      work !== null && outcome?.kind !== 'thrown-back' && (!restart.fresh || number > restart.after),
  )
  return newest === undefined ? null : { ...newest, work: newest.work! }
}
