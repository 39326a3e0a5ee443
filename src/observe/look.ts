/** How a state looks on a page: a class of `report-style.ts`. */
import type { StateName } from '../model/state.ts'

/** Done, stopped, for a person to decide, or on its way. */
export function lookOf(state: StateName): string {
  switch (state) {
    case 'landed':
      return 'good'
    case 'conflict':
    case 'failed':
    case 'blocked':
      return 'bad'
    case 'waiting':
    case 'held':
    case 'reverted':
      return 'warn'
    default:
      return 'soft'
  }
}
