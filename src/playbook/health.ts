/**
 * `sluice health`: the check-up that is too slow before every run. It asks what only time can break (objects, the store,
 * the pins of finished work, the logs) and then everything that `doctor` asks.
 */
import { type Check, fail, ok } from './check.ts'
import type { Pin } from './clean/pins.ts'
import type { DoctorDocument } from './doctor.ts'

export interface HealthFacts {
  /** As `brokenObjects` and `brokenStore` give them. */
  objects: readonly string[]
  store: readonly string[]
  pins: { all: number; lost: readonly Pin[] }
  /** Why the log files cannot be written, or null. */
  logs: string | null
}

export interface HealthDocument {
  schema: 'sluice.health/1'
  go: boolean
  checks: Check[]
}

export function health(facts: HealthFacts, { checks: others }: DoctorDocument): HealthDocument {
  const checks = [checkObjects(facts), checkStore(facts), checkPins(facts), checkLogs(facts), ...others]
  return { schema: 'sluice.health/1', go: checks.every(({ status }) => status !== 'fail'), checks }
}

function checkObjects({ objects }: HealthFacts): Check {
  const [first] = objects
  if (first === undefined) return ok('objects', 'git fsck finds nothing')
  const message = `git fsck: ${first}${more(objects)}`
  return fail(
    'objects',
    'E605',
    message,
    'git fsck --full; fetch what is missing from a clone: git fetch --refetch REMOTE',
  )
}

function checkStore({ store }: HealthFacts): Check {
  const [first] = store
  if (first === undefined) return ok('store', 'sound')
  const fix = 'mv .sluice .sluice-aside && sluice run: what has landed is found on the target'
  return fail('store', 'E605', `.sluice/sluice.db: ${first}${more(store)}`, fix)
}

function checkPins({ pins: { all, lost } }: HealthFacts): Check {
  const [first] = lost
  if (first === undefined) return ok('pins', `the work of ${all} ${all === 1 ? 'attempt' : 'attempts'} is held`)
  const message = `${first.ref} is gone, and with it what holds ${first.commit.slice(0, 10)}${more(lost)}`
  return fail('pins', 'E605', message, `git update-ref ${first.ref} ${first.commit}`)
}

function checkLogs({ logs }: HealthFacts): Check {
  if (logs === null) return ok('logs', 'can be written')
  return fail('logs', 'E105', logs, 'change its owner or mode, or paths.logs in sluice.yaml')
}

function more(all: readonly unknown[]): string {
  return all.length > 1 ? ` (and ${all.length - 1} more)` : ''
}
