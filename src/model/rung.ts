/**
 * The ladder that a merge conflict goes up, and what was tried on it. Who climbs is `landing/resolve/`; the names are
 * those of `landing.resolve` in the configuration.
 */

/** In the order of the default: what costs least and can be wrong least first. */
export const RUNGS = ['reorder', 'regenerate', 'drivers', 'rerere', 'tool', 'another-tool', 'human'] as const

export type Rung = (typeof RUNGS)[number]

/** Done by ourselves, in memory or in a gate slot, in one go for all files of a conflict. */
export const AUTOMATIC_RUNGS = ['regenerate', 'drivers', 'rerere'] as const satisfies readonly Rung[]

export type AutomaticRung = (typeof AUTOMATIC_RUNGS)[number]

/** What settled a file of a conflict, as proof in a report. */
export type SettledBy =
  | { rung: 'regenerate'; path: string; command: string }
  | { rung: 'drivers'; path: string; driver: 'union' }
  /** `id`: of what is remembered, to forget it when the gate finds it wrong. */
  | { rung: 'rerere'; path: string; id: string }
  | { rung: 'tool' | 'another-tool'; path: string; tool: string }

/** One step of the ladder that did not settle the conflict; `how` it ended, in one line for a report. */
export type Tried =
  | { rung: 'reorder' | AutomaticRung; how: string }
  | {
      rung: 'tool' | 'another-tool'
      tool: string
      how: string
      /** It ended for a reason that says nothing about the tool (killed, no network), so it may be asked once more. */
      cutOff: boolean
    }
