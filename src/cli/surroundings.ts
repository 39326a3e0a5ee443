/** What the commands that look after a repository have to know of its runs before they judge what is left over. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markFile } from '../landing/checks.ts'
import { isHeld } from '../process/lock.ts'
import type { Surroundings } from '../playbook/leftovers/find.ts'
import type { Attempt } from '../model/attempt.ts'
import { openStoreIfThere } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { machineSeats, type Session } from './session.ts'

/** Runs whose attempts are remembered when strays are looked for; each is one query by its index. */
const RUNS_MAX = 100

/** As it is now. `isAlone`: the caller holds the repository's lock, so no run is at work. */
export async function surroundingsOf(session: Session, isAlone = false): Promise<Surroundings> {
  const { repo, config, paths } = session
  const isLive = !isAlone && existsSync(paths.lock) && (await isHeld(paths.lock))
  const store = openStoreIfThere(paths.store)
  try {
    const attempts = store === null ? [] : await attemptsOf(store)
    const open = attempts.filter(({ phase }) => phase !== 'settled')
    const ended = attempts.filter(({ phase, nonce }) => phase === 'settled' && nonce !== '')
    const busyAgents = new Set(open.map(({ agent }) => agent))
    const isOver = store === null ? false : await isRunOver(store)
    return {
      repo,
      work: paths.work,
      marks: new Map([
        ...ended.map(({ nonce, workstream, number }) => [nonce, `${workstream} attempt ${number}`] as const),
        ...(isLive ? [] : gateMarks(paths.work)),
      ]),
      needs: { busyAgents, seats: machineSeats(config, null), isLive, isOver },
    }
  } finally {
    await store?.close()
  }
}

/** Marks in gate slots: checks run only under a live run, so without one their processes were left behind. */
export function gateMarks(work: string): (readonly [string, string])[] {
  const gates = join(work, 'gates')
  return (existsSync(gates) ? readdirSync(gates) : []).flatMap((name) => {
    const file = markFile(join(gates, name))
    return existsSync(file) ? [[readFileSync(file, 'utf8'), name] as const] : []
  })
}

async function attemptsOf(store: Store): Promise<Attempt[]> {
  const runs = await store.recentRuns(RUNS_MAX)
  return (await Promise.all(runs.map(({ id }) => store.attempts(id)))).flat()
}

/** Of all runs that are remembered. */
export async function allAttempts({ paths }: Session): Promise<Attempt[]> {
  const store = openStoreIfThere(paths.store)
  try {
    return store === null ? [] : await attemptsOf(store)
  } finally {
    await store?.close()
  }
}

/** Workstreams of the newest run that have landed, and that the target's branch shows. */
export async function landedIds({ paths }: Session): Promise<string[]> {
  const store = openStoreIfThere(paths.store)
  try {
    const run = (await store?.latestRun()) ?? null
    const rows = store === null || run === null ? [] : await store.workstreams(run.id)
    return rows.filter(({ state }) => state.state === 'landed' && state.published).map(({ id }) => id)
  } finally {
    await store?.close()
  }
}

async function isRunOver(store: Store): Promise<boolean> {
  const run = await store.latestRun()
  if (run === null) return false
  const rows = await store.workstreams(run.id)
  return rows.every(({ state }) => ['landed', 'discarded', 'cancelled'].includes(state.state))
}
