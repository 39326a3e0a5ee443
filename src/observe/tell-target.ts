/** What happens to the target itself, in words: rollbacks, and what keeps it from being landed on. */
import type { Event } from '../model/event.ts'
import { tellFailure, type Words } from './telling.ts'
import { listed, shortCommit } from './units.ts'

type TargetEvent = Extract<Event, { type: 'rollback.done' | `target.${string}` }>

/** Names in one line. */
const NAMES_MAX = 6

export function tellTarget(event: TargetEvent): Words {
  switch (event.type) {
    case 'rollback.done': {
      const names = (action: string): string[] =>
        event.undone.filter((item) => item.action === action).map(({ workstream }) => workstream)
      const [taken, brought] = [names('take-back'), names('bring-back')]
      const parts = [
        ...(taken.length === 0 ? [] : [`took ${listed(taken, NAMES_MAX)} back`]),
        ...(brought.length === 0 ? [] : [`brought ${listed(brought, NAMES_MAX)} back`]),
      ]
      return { level: 'warning', text: `${parts.join(', ')}: the target is at ${shortCommit(event.commit)}` }
    }
    case 'target.frozen':
      return { level: 'error', ...tellFailure(event.failure, 'nothing lands: ') }
    case 'target.thawed':
      return { text: `landings go on from ${shortCommit(event.tip)}` }
  }
}
