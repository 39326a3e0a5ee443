/**
 * `sluice open`: a worktree of a workstream for a person. The folder itself is the record that it is open. The path goes to
 * stdout, so that `cd "$(sluice open ID)"` works; what to do there is told beside it.
 */
import { firstParentTrailers } from '../../git/history.ts'
import { type Opened, openWork, readOpened, setAside, takeOpened } from '../../git/open-work.ts'
import { readRef } from '../../git/refs.ts'
import { isAncestor } from '../../git/repository.ts'
import { isFolder, openSlotAt, type Slot } from '../../git/slot.ts'
import { landable } from '../../landing/reland.ts'
import { commitOf, readTip } from '../../landing/tip.ts'
import { newestWork } from '../../model/attempt.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { listed } from '../../observe/units.ts'
import { viewsOfRows } from '../../observe/status.ts'
import { select } from '../../plan/select.ts'
import { isInFlight } from '../../schedule/decide.ts'
import type { Store, WorkstreamRow } from '../../store/store.ts'
import { personOf } from '../opened.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'

export interface OpenOptions extends CommonOptions {
  fresh?: boolean
}

export async function open(selector: string, options: OpenOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  try {
    const row = await rowOf(store, run.id, selector)
    const { id, state } = row
    if (state.state === 'landed') {
      const message = `${id} has landed as ${state.commit.slice(0, 10)}`
      throw new SluiceError({ code: 'E103', message, fix: `git show ${state.commit.slice(0, 10)}` }, EXIT.usage)
    }
    const slot = openSlotAt(session.paths.work, id)
    const known = await readOpened(slot)
    const isSame = known !== null && !options.fresh && (await isFolder(slot.worktree))
    const kept = known === null || isSame ? null : await keep(session, slot, id, known)
    const opened = isSame ? known : await openNewest(session, slot, row, { store, target: run.target })
    tell({ session, row, slot, opened, kept, isNew: !isSame, target: run.target }, options)
    return EXIT.ok
  } finally {
    await store.close()
  }
}

async function rowOf(store: Store, run: string, selector: string): Promise<WorkstreamRow> {
  const rows = await store.workstreams(run)
  const views = viewsOfRows(rows)
  const definitions = rows.map((row) => row.definition)
  const ids = select(definitions, [selector], { stateOf: (one) => views.get(one)!.name })
  if (ids.length !== 1) {
    const message = `${selector} names ${ids.length} workstreams: one is opened at a time`
    throw new SluiceError({ code: 'E103', message, fix: 'sluice open ID' }, EXIT.usage)
  }
  return rows.find(({ id }) => id === ids[0])!
}

/** What is in the worktree now is pinned before it is opened afresh; null when there is nothing. Throws E204. */
async function keep(session: Session, slot: Slot, id: string, opened: Opened): Promise<string | null> {
  const { repo } = session
  const order = { workstream: id, author: await personOf(session), dateSeconds: seconds() }
  const taken = await takeOpened(repo, slot, opened, order)
  if (taken.kind === 'work') return await setAside(repo, id, taken.tip)
  // Of a merge in progress the files have been kept besides; for anything else the folder is the only place there is.
  if (taken.kind === 'empty' || taken.reason === 'unfinished') return null
  const message = `what is in ${slot.worktree} cannot be kept: ${taken.message}`
  throw new SluiceError({ code: 'E204', message, fix: `move what you need out of ${slot.worktree}` }, EXIT.failed)
}

async function openNewest(
  session: Session,
  slot: Slot,
  row: WorkstreamRow,
  { store, target }: { store: Store; target: string },
): Promise<Opened> {
  const { repo } = session
  const tip = commitOf(await readTip(repo, target, { tidy: false }))
  const branch = `ws/${row.id}`
  const attempts = (await store.attempts(row.run)).filter(({ workstream }) => workstream === row.id)
  const last = newestWork(attempts, row.restart)?.work ?? null
  // A person may have gone on from it on the branch, in his own checkout.
  const own = await readRef(repo, `refs/heads/${branch}`)
  const known = own !== null && (last === null || (await isAncestor(repo, last, own))) ? own : last
  const [identity, dateSeconds] = [await personOf(session), seconds()]
  // Work that was taken back would be merged already, and so be gone.
  const isUndone = known !== null && (await isAncestor(repo, known, tip))
  const order = { workstream: row.id, identity, dateSeconds }
  const work = isUndone
    ? await landable(repo, { ...order, work: known, history: await firstParentTrailers(repo, tip) })
    : known
  return await openWork(repo, slot, { target, tip, work, branch, identity, dateSeconds })
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

interface Told {
  session: Session
  row: WorkstreamRow
  slot: Slot
  opened: Opened
  kept: string | null
  isNew: boolean
  target: string
}

function tell({ session, row, slot, opened, kept, isNew, target }: Told, options: OpenOptions): void {
  const { id, state } = row
  const path = slot.worktree
  const branch = `ws/${id}`
  const { kind, conflicts } = opened
  const handIn = state.state === 'conflict' ? `sluice resolve ${id}` : `sluice submit ${id}`
  const next = [
    `cd ${quoted(path)}`,
    ...(kind === 'conflict' ? ['git status'] : []),
    'git commit --all',
    `cd ${quoted(session.repo.root)}`,
    ...(isInFlight(state) ? [`sluice cancel ${id}`] : []),
    handIn,
  ]
  if (options.json) {
    printJson(document('open', { workstream: id, path, branch, kind, isNew, conflicts, kept, next }))
    return
  }
  const what = {
    fresh: `at ${target}: there is no work yet`,
    continued: 'with the work so far',
    merged: `with the work so far, brought to ${target}`,
    conflict: `in the middle of a merge with ${target}: settle ${listed(conflicts.map(neutralise), 3)}`,
  }[kind]
  const lines = [
    `${id} ${isNew ? 'is' : 'was'} opened on ${branch} ${what}`,
    ...(kept === null ? [] : [`  kept    what was in it, as ${kept}`]),
    ...(isInFlight(state) ? [`  note    ${id} is ${state.state}: what you do here is not in it`] : []),
    ...next.map((command, index) => `  ${index === 0 ? 'next' : '    '}    ${command}`),
  ]
  terminal.err(lines.map((line) => `${line}\n`).join(''))
  terminal.out(`${path}\n`)
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@%+,:=-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
