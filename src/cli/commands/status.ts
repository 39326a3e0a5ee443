/** `sluice status`: what is happening, and what needs you. Reads the store; needs no lock. */
import type { Repository } from '../../git/repository.ts'
import { type Block, whatHoldsUp } from '../../git/target.ts'
import { readTip } from '../../landing/tip.ts'
import { unpushed } from '../../landing/unpushed.ts'
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
  const isHeldUp = rows.some(({ state }) => state.state === 'landed' && !state.published)
  const heldUp = run !== null && isHeldUp ? await whatHoldsUpPending(repo, run.target) : null
  return statusDocument({
    run,
    rows,
    attempts,
    landings,
    conflicts,
    predictions,
    vitals,
    unpushed: behind,
    heldUp,
    atWork: run === null ? null : timeAtWork(points, lockHeld ? Date.now() : null),
    lockHeld,
  })
}

async function whatHoldsUpPending(repo: Repository, target: string): Promise<Block | null> {
  const tip = await readTip(repo, target, { tidy: false })
  return tip.kind === 'pending' ? await whatHoldsUp(repo, target, tip.published, tip.commit) : null
}
