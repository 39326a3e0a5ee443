/**
 * What a code would mean for a run, for the rehearsal: which outcome an attempt would have, or what else would happen.
 * Sorted once here, so that a new code has to be given its place.
 */
import type { OutcomeKind } from '../../model/attempt.ts'
import type { Code } from '../../model/failure.ts'

export type Fault =
  /** An attempt ends like that, and the fallback policy decides. `costs`: the time that it takes until then. */
  | { what: 'attempt'; outcome: OutcomeKind; costs: 'nothing' | 'its estimate' | 'the time-out' | 'the idle time' }
  /** The work is done and waits for a person; nothing else happens to its workstream. */
  | { what: 'waits'; state: 'conflict' | 'waiting' }
  /** Found and put right by itself, or only told. */
  | { what: 'mended' }
  /** The run does not begin. */
  | { what: 'refused'; exit: 2 | 5 | 1 }
  /** Work goes on and is queued; nothing lands, or is shown, before a person has put the target right. */
  | { what: 'target' }

const attempt = (outcome: OutcomeKind, costs: Extract<Fault, { what: 'attempt' }>['costs']): Fault => {
  return { what: 'attempt', outcome, costs }
}

const MENDED: Fault = { what: 'mended' }

/** Codes that this version raises; of the others there is nothing to rehearse. */
export const FAULTS: Readonly<Partial<Record<Code, Fault>>> = {
  E101: { what: 'refused', exit: 2 },
  E102: { what: 'refused', exit: 2 },
  E103: { what: 'refused', exit: 2 },
  W104: MENDED,
  E105: { what: 'refused', exit: 5 },
  E106: attempt('missing', 'nothing'),
  E107: attempt('auth', 'nothing'),
  E201: attempt('crash', 'its estimate'),
  E202: attempt('hang', 'the idle time'),
  E203: attempt('timeout', 'the time-out'),
  E204: attempt('rejected', 'its estimate'),
  E205: attempt('no-change', 'its estimate'),
  E206: attempt('waiting-for-input', 'the idle time'),
  E207: attempt('red', 'its estimate'),
  E208: attempt('rate', 'nothing'),
  W201: MENDED,
  W202: MENDED,
  W203: MENDED,
  W204: MENDED,
  W209: MENDED,
  W210: MENDED,
  E301: attempt('out-of-memory', 'its estimate'),
  E302: attempt('disk', 'its estimate'),
  E303: attempt('network', 'nothing'),
  E304: MENDED,
  E305: MENDED,
  E401: MENDED,
  E402: { what: 'waits', state: 'conflict' },
  E403: MENDED,
  E404: MENDED,
  E405: { what: 'target' },
  E406: attempt('lost', 'nothing'),
  W407: { what: 'target' },
  E501: attempt('red', 'its estimate'),
  E502: attempt('acceptance', 'its estimate'),
  E503: attempt('out-of-scope', 'its estimate'),
  E504: MENDED,
  E506: { what: 'refused', exit: 5 },
  W508: MENDED,
  // Nothing begins before somebody has raised it; what runs comes to its end.
  E601: MENDED,
  E602: attempt('crash', 'its estimate'),
  E603: { what: 'waits', state: 'waiting' },
  E604: { what: 'refused', exit: 1 },
  E605: { what: 'refused', exit: 1 },
  E607: MENDED,
}
