/**
 * Does the checker find anything? Each mutant is Sluice with one bug planted in its judgement; the simulation must find it
 * within a few dozen runs, by the promise that it breaks.
 */
import type { Edit } from '../plant.ts'

export interface Mutant {
  name: string
  /** Promises by which it may be found. */
  breaks: readonly string[]
  /** The seed from which on it is looked for; default 1. */
  from?: number
  edits: readonly Edit[]
}

/** Each is found within so many. */
export const MUTANT_RUNS = 60

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lands before the gate has spoken',
    breaks: ['I1'],
    edits: [
      {
        file: 'landing/decide.ts',
        from: "if (gate === 'green') return",
        to: "if (gate === 'green' || gate === 'running') return",
      },
    ],
  },
  {
    name: 'lands the whole train when its head is green',
    breaks: ['I1'],
    edits: [
      {
        file: 'landing/decide.ts',
        from: 'return train.at(first === -1 ? -1 : first - 1)!',
        to: 'return train.at(first - first - 1)!',
      },
    ],
  },
  {
    name: 'gives a seat away twice',
    breaks: ['I6', 'seats'],
    edits: [
      {
        file: 'schedule/decide.ts',
        from: 'state.seats.filter((seat) => seat.workstream === null)',
        to: 'state.seats.filter(() => true)',
      },
    ],
  },
  {
    name: 'begins on top of dependencies that are only queued, without their work',
    breaks: ['base', 'order'],
    edits: [
      {
        file: 'model/state.ts',
        from: "return state.state === 'landed' || (",
        to: "return state.state === 'landed' || state.state === 'queued' || (",
      },
    ],
  },
  {
    name: 'allows one try too many',
    breaks: ['I12'],
    edits: [{ file: 'schedule/fallback.ts', from: 'spent >= policy.attemptsMax', to: 'spent > policy.attemptsMax' }],
  },
  {
    name: 'repeats for ever what costs nothing',
    breaks: ['I12', 'livelock'],
    edits: [
      { file: 'schedule/fallback.ts', from: 'unspentInARow >= UNSPENT_MAX', to: 'unspentInARow >= UNSPENT_MAX * 100' },
    ],
  },
  {
    name: 'starts the shortest chain first',
    breaks: ['urgency'],
    edits: [{ file: 'model/graph.ts', from: 'b.tail - a.tail ||', to: 'a.tail - b.tail ||' }],
  },
  {
    name: 'starts nothing as long as the machine is looked at',
    breaks: ['deadlock', 'starved'],
    edits: [
      {
        file: 'schedule/decide.ts',
        from: 'roomFor(admission, busy)',
        to: 'admission === undefined ? begins.length : 0',
      },
    ],
  },
  {
    name: 'lands on what was taken back',
    breaks: ['order'],
    from: 500,
    edits: [
      {
        file: 'schedule/speculation.ts',
        from: 'return [...speculation, ...standsOn]',
        to: 'return [...speculation, ...standsOn.slice(standsOn.length)]',
      },
    ],
  },
  {
    name: 'takes nothing back and says that it did',
    breaks: ['I14'],
    edits: [{ file: 'git/revert.ts', from: 'treeOf(repo, `${commit}^1`)', to: 'treeOf(repo, commit)' }],
  },
  {
    name: 'a landing that was cut off counts as landed, wherever the target is',
    breaks: ['I2', 'I3', 'bug'],
    edits: [
      {
        file: 'coordinator/recover.ts',
        from: '(await Promise.all(reaches.map((at) => isAncestor(repo, commit, at)))).includes(true)',
        to: 'reaches.length > 0',
      },
    ],
  },
  {
    name: 'nobody hears that a task has ended',
    breaks: ['deadlock', 'starved'],
    edits: [
      {
        file: 'coordinator/context.ts',
        from: 'this.#running.delete(key)\n        this.#bell.ring()',
        to: 'this.#running.delete(key)',
      },
    ],
  },
  {
    name: 'says that all is well with a conflict left',
    breaks: ['exit'],
    edits: [{ file: 'schedule/exit.ts', from: "state.state === 'conflict' || ", to: '' }],
  },
]
