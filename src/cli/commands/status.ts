/** `sluice status`: what is happening, and what needs you. Reads the store; needs no lock. */
import { readRef } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { whatHoldsUp } from '../../git/target.ts'
import { readTip } from '../../landing/tip.ts'
import { unpushed } from '../../landing/unpushed.ts'
import type { NeedsYouInput } from '../../observe/needs-you.ts'
import { type StatusDocument, statusDocument } from '../../observe/status.ts'
import { statusText } from '../../observe/status-text.ts'
import { timeAtWork } from '../../observe/time-at-work.ts'
import { isHeld } from '../../process/lock.ts'
import { openStoreIfThere } from '../../store/open.ts'
import { openSession, type Session } from '../session.ts'
import { type CommonOptions, printJson, printLines, terminal } from '../terminal.ts'

export interface StatusOptions extends CommonOptions {
  needsMe?: boolean
}

export async function status(options: StatusOptions): Promise<number> {
  const full = await currentStatus(await openSession(process.cwd()))
  const waiting = new Set(full.needsYou.map(({ workstream }) => workstream))
  const document = options.needsMe
    ? { ...full, workstreams: full.workstreams.filter(({ id }) => waiting.has(id)) }
    : full
  if (options.json) printJson(document)
  else printLines(statusText(document, terminal.outStyle(), Date.now()))
  return 0
}

/** As it is at this moment, of the newest run. */
export async function currentStatus({ repo, config, paths }: Session): Promise<StatusDocument> {
  const store = openStoreIfThere(paths.store)
  const run = (await store?.latestRun(config.target)) ?? (await store?.latestRun()) ?? null
  const [rows, attempts, landings, conflicts, predictions, vitals, points] =
    store === null || run === null
      ? [[], [], [], [], [], [], []]
      : await Promise.all([
          store.workstreams(run.id),
          store.attempts(run.id),
          store.landings(run.id),
          store.conflicts(run.id),
          store.predictions(run.id),
          store.vitals(run.id),
          store.turningPoints(run.id),
        ])
  await store?.close()
  const lockHeld = run !== null && (await isHeld(paths.lock))
  const { push: remote } = config.landing
  const left = run === null || remote === null || lockHeld ? null : await unpushed(repo, remote, run.target)
  const behind = remote === null || left === null ? null : { remote, landings: left.length }
  const pending = run === null ? null : await pendingOf(repo, run.target)
  return statusDocument({
    run,
    rows,
    attempts,
    landings,
    conflicts,
    predictions,
    vitals,
    unpushed: behind,
    pending,
    atWork: run === null ? null : timeAtWork(points, lockHeld ? Date.now() : null),
    lockHeld,
  })
}

async function pendingOf(repo: Repository, target: string): Promise<NeedsYouInput['pending']> {
  // The target of an earlier run may be gone.
  if ((await readRef(repo, `refs/heads/${target}`)) === null) return null
  const tip = await readTip(repo, target, { tidy: false })
  if (tip.kind !== 'pending') return null
  return { heldUp: await whatHoldsUp(repo, target, tip.published, tip.commit) }
}
