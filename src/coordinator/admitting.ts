/**
 * Room on the machine: asked whenever somebody could begin, told when it keeps somebody from beginning, and told again
 * when that is over. What is told is kept with the run, so that other commands can say what it waits for.
 */
import type { Failure } from '../model/failure.ts'
import { type Admission, admit, OPEN } from '../schedule/admission.ts'
import type { Action } from '../schedule/decide.ts'
import type { Context } from './context.ts'

/** Ids that an event names. */
const IDS_MAX = 10

export class Admitting {
  readonly #context: Context
  #admission: Admission = OPEN

  constructor(context: Context) {
    this.#context = context
  }

  ask(): Admission {
    const { machine, config, now } = this.#context
    this.#admission = admit(this.#admission, machine(), config.watch, now())
    return this.#admission
  }

  /** Tells what was decided on that answer. */
  async tell(actions: readonly Action[]): Promise<void> {
    const { ledger, now } = this.#context
    const told = ledger.run.noRoom ?? null
    const hold = actions.find((action) => action.do === 'hold')
    if (hold !== undefined && (told === null || limitsOf(told.reasons) !== limitsOf(hold.reasons))) {
      const { reasons } = hold
      const waiting = hold.workstreams.slice(0, IDS_MAX)
      const run = { ...ledger.run, noRoom: { since: told?.since ?? now(), reasons } }
      await ledger.record({ runs: [run], events: [{ type: 'room.short', reasons, waiting }] })
    } else if (told !== null && this.#admission.kind === 'open') {
      const run = { ...ledger.run, noRoom: null }
      await ledger.record({ runs: [run], events: [{ type: 'room.again', ms: now() - told.since }] })
    }
  }
}

/** What is short, and beyond which threshold; the figures themselves change all the time. */
function limitsOf(reasons: readonly Failure[]): string {
  return reasons.map(({ code, details }) => `${code} ${String(details?.['limit'])}`).join(', ')
}
