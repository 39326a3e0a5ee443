/**
 * Applies what people ask for: retry, submit, resolve, approve, skip, hold, cancel. Each request is applied once, in order, and
 * leaves an event. The same code serves a live run and a command that finds nobody at work.
 */
import { randomUUID } from 'node:crypto'
import { gateWarnings } from '../attempt/accept.ts'
import { mergeBase } from '../git/ancestry.ts'
import { firstParentTrailers } from '../git/history.ts'
import { changedPaths, type Person } from '../git/merge.ts'
import { setRef } from '../git/refs.ts'
import { isAncestor, type Repository } from '../git/repository.ts'
import { landable } from '../landing/reland.ts'
import type { Attempt } from '../model/attempt.ts'
import type { Config } from '../model/config.ts'
import type { Request, RequestBody } from '../model/run.ts'
import type { WorkstreamState } from '../model/state.ts'
import { isInFlight } from '../schedule/decide.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { type Answer, done, refused } from './answer.ts'
import { approve, reject } from './approvals.ts'
import { askTool, laddered } from './conflict-steps.ts'
import { afterTests, type Finished } from './enqueue.ts'
import type { Ledger, RunChange } from './ledger.ts'
import { attemptDir, type Paths } from './paths.ts'
import { answerQuestion } from './permissions.ts'
import { moveBranch } from './resolution.ts'
import type { RollbackAsked } from './rollback.ts'
import { chooseTool, forbiddenNow } from './tool-choice.ts'

export interface Hands {
  repo: Repository
  /** Of commits that are made for a person. */
  identity: Person
  /** What needs approval, what work is judged by, and which tools may be used. */
  config: Pick<Config, 'landing' | 'gate' | 'tools'>
  /** Where the folders of attempts are. */
  paths: Paths
  /** Where landings go, for the base of a person's work. */
  tip: () => Promise<string>
  /** Ends the attempt of a workstream; its work is kept. */
  end: (workstream: string) => void
  stop: (now: boolean) => void
  /** Begins a rollback, which answers the request when it is done; once for each request. */
  rollBack: (request: RollbackAsked) => void
}

/** What puts a workstream that rests on its way to the target. */
const SETS_OFF: readonly RequestBody['kind'][] = ['retry', 'submit', 'resolve', 'settle', 'release']

/** Applies all open requests; gives how many were settled. */
export async function applyRequests(ledger: Ledger, hands: Hands): Promise<number> {
  let settled = 0
  let isRollingBack = false
  for (const request of await ledger.store.openRequests()) {
    // The rollback may be bringing back the very landing that would then be made a second time.
    if (isRollingBack && SETS_OFF.includes(request.body.kind)) continue
    const answer = await apply(ledger, hands, request)
    isRollingBack ||= request.body.kind === 'rollback' && answer.kind === 'later'
    if (answer.kind === 'later') continue
    const state = answer.kind
    const closed: Request = { ...request, state, answer: answer.answer }
    const event = { type: 'request.applied', request: request.body, answer: answer.answer } as const
    await ledger.record({ requests: [closed], events: [{ ...event, workstream: idOf(request.body) }] })
    settled += 1
  }
  return settled
}

function idOf(body: RequestBody): string | null {
  if ('id' in body) return body.id
  return 'ids' in body && body.ids.length === 1 ? body.ids[0]! : null
}

async function apply(ledger: Ledger, hands: Hands, request: Request): Promise<Answer> {
  const { body } = request
  const ids = 'ids' in body ? body.ids : 'id' in body ? [body.id] : []
  const unknown = ids.filter((id) => !ledger.rows.has(id))
  if (unknown.length > 0) return refused(`this run has no workstream ${unknown.join(', ')}`)
  switch (body.kind) {
    case 'retry':
      return await each(ids, (id) => retry(ledger, hands, id, body))
    case 'submit':
      return await takeWork(ledger, hands, body.id, body.work, 'checking')
    case 'resolve':
      return await takeWork(ledger, hands, body.id, body.work, 'queued')
    case 'approve':
    case 'reject':
      return await each(ids, (id) => review(ledger, hands, id, body))
    case 'settle':
      return await settle(ledger, body.id, body.tool)
    case 'discard':
      return await discard(ledger, body.id, body.satisfy)
    case 'skip':
      return await each(ids, (id) => discard(ledger, id, body.satisfy))
    case 'hold':
      return await each(ids, (id) => hold(ledger, id))
    case 'release':
      return await each(ids, (id) => release(ledger, id))
    case 'tool':
      return await chooseTool(ledger, hands.config, body)
    case 'cancel':
      return await each(ids, (id) => cancel(ledger, hands, id, body.now))
    case 'rollback':
      hands.rollBack({ ...request, body })
      return { kind: 'later' }
    case 'stop':
      hands.stop(body.now)
      return done(body.now ? 'stopping now' : 'draining: nothing new is started')
  }
}

/** All or nothing is not wanted here: what can be done is done, and the answer names the rest. */
async function each(ids: readonly string[], one: (id: string) => Promise<Answer>): Promise<Answer> {
  const answers: Answer[] = []
  for (const id of ids) answers.push(await one(id))
  if (answers.some((answer) => answer.kind === 'later')) return { kind: 'later' }
  const texts = answers.map((answer) => (answer.kind === 'later' ? '' : answer.answer))
  const kind = answers.length > 0 && answers.every((answer) => answer.kind === 'refused') ? 'refused' : 'done'
  return { kind, answer: texts.join('; ') }
}

/** Whoever answers has looked at finished work, or at what a tool at work asks. */
async function review(
  ledger: Ledger,
  { paths }: Hands,
  id: string,
  body: Extract<RequestBody, { kind: 'approve' | 'reject' }>,
): Promise<Answer> {
  const isYes = body.kind === 'approve'
  if (body.questions?.[id] === undefined) return await (isYes ? approve : reject)(ledger, id, body)
  const dir = ({ run, workstream, number }: Attempt): string => attemptDir(paths, run, workstream, number)
  return await answerQuestion(ledger, dir, id, body, isYes)
}

type Retry = Extract<RequestBody, { kind: 'retry' }>

async function retry(ledger: Ledger, hands: Hands, id: string, { tool, note, fresh }: Retry): Promise<Answer> {
  const row = ledger.row(id)
  const { state } = row
  const forbidden = forbiddenNow(ledger, tool)
  if (forbidden !== null) return refused(forbidden)
  if (isInFlight(state)) return refused(`${id} is ${state.state}: \`sluice cancel ${id}\` first`)
  if (state.state === 'landed' && (await isAncestor(hands.repo, state.commit, await hands.tip()))) {
    return refused(`${id} has landed as ${state.commit.slice(0, 10)}: \`sluice rollback ${id}\` first`)
  }
  // The target's history has the work of what was taken back: starting from it would lose it, for git takes it for landed.
  const isFresh = fresh || state.state === 'reverted'
  const restart = { after: ledger.nextNumber(id) - 1, tool, note, fresh: isFresh }
  await leave(ledger, { ...row, restart }, { state: 'open' }, 'retry')
  return done(`${id} will be tried again`)
}

/** A person's commit becomes the work of a new attempt (or of the one that waited for it), pinned before anything else. */
async function takeWork(
  ledger: Ledger,
  hands: Hands,
  id: string,
  handed: string,
  next: 'checking' | 'queued',
): Promise<Answer> {
  const row = ledger.row(id)
  const { state } = row
  if (isInFlight(state)) return refused(`${id} is ${state.state}: \`sluice cancel ${id}\` first`)
  if (state.state === 'landed') return refused(`${id} has landed as ${state.commit.slice(0, 10)}`)
  const isAnswer = state.state === 'waiting' && state.for === 'manual'
  const number = isAnswer ? state.attempt : ledger.nextNumber(id)
  const waited = ledger.attempts.get(id)?.find((attempt) => attempt.number === number)
  const tip = await hands.tip()
  const now = ledger.now()
  const work = state.state === 'reverted' ? await again(hands, id, handed, now) : handed
  const base = (await mergeBase(hands.repo, work, waited?.base ?? tip)) ?? tip
  await setRef(hands.repo, `refs/sluice/wip/${id}/${number}`, work, 'submitted')
  await moveBranch(hands.repo, id, work)
  const changed = await changedPaths(hands.repo, base, work)
  const warnings = await gateWarnings({ ...hands, base, tip: work, changed })
  const attempt: Finished = {
    run: ledger.run.id,
    workstream: id,
    number,
    tool: 'manual',
    agent: 0,
    base,
    nonce: waited?.nonce ?? randomUUID(),
    phase: 'settled',
    startedAt: waited?.startedAt ?? now,
    endedAt: now,
    outcome: { kind: 'ok', code: null, message: 'submitted by a person' },
    work,
    changed,
    warnings,
  }
  const events = warnings.map((failure) => ({ type: 'warning', failure, workstream: id, attempt: number }) as const)
  const short = work.slice(0, 10)
  if (next === 'checking') {
    await leave(ledger, row, { state: 'checking', attempt: number, work }, 'submitted', { attempts: [attempt], events })
    return done(`${id}: ${short} is handed in: its checks come next`)
  }
  const { to, why, more } = await afterTests({ ledger, ...hands }, attempt)
  await leave(ledger, row, to, why ?? 'resolved', { ...more, events: [...more.events, ...events] })
  if (to.state === 'queued') return done(`${id}: ${short} is handed in: it lands next`)
  return done(`${id}: ${short} waits for approval (${why}): \`sluice approve ${id}\``)
}

/** Work that the target had and gave back: what is merged then is a replay of it. */
async function again({ repo, identity, tip }: Hands, workstream: string, work: string, now: number): Promise<string> {
  const history = await firstParentTrailers(repo, await tip())
  return await landable(repo, { history, workstream, work, identity, dateSeconds: Math.floor(now / 1000) })
}

/** A conflict that waits for a person is given to a tool. */
async function settle(ledger: Ledger, id: string, tool: string): Promise<Answer> {
  const { state } = ledger.row(id)
  const forbidden = forbiddenNow(ledger, tool)
  if (forbidden !== null) return refused(forbidden)
  const conflict = laddered(ledger, id)
  if (state.state !== 'conflict' || conflict === null) return refused(`${id} is ${state.state}: there is no conflict`)
  if (conflict.ladder.step.at !== 'human') return refused(`${id}: its conflict is being settled already`)
  const rung = ledger.attempt(id, conflict.attempt).tool === tool ? 'tool' : 'another-tool'
  await askTool(ledger, conflict, { rung, tool })
  return done(`${id}: ${tool} is asked to settle its conflict`)
}

async function discard(ledger: Ledger, id: string, satisfy: boolean): Promise<Answer> {
  const row = ledger.row(id)
  const { state } = row
  if (isInFlight(state)) return refused(`${id} is ${state.state}: \`sluice cancel ${id}\` first`)
  if (state.state === 'landed') return refused(`${id} has landed as ${state.commit.slice(0, 10)}`)
  await leave(
    ledger,
    row,
    { state: 'discarded', satisfied: satisfy },
    satisfy ? 'skipped, dependents go on' : 'given up',
  )
  return done(satisfy ? `${id} is skipped; what depends on it goes on` : `${id} is given up`)
}

async function hold(ledger: Ledger, id: string): Promise<Answer> {
  const row = ledger.row(id)
  if (row.state.state === 'held') return done(`${id} is held`)
  if (row.state.state !== 'open')
    return refused(`${id} is ${row.state.state}: only what waits to be started can be held`)
  await ledger.move(id, { state: 'held' }, 'held by a person')
  return done(`${id} is held`)
}

async function release(ledger: Ledger, id: string): Promise<Answer> {
  const row = ledger.row(id)
  if (row.state.state !== 'held') return refused(`${id} is not held`)
  await ledger.move(id, { state: 'open' }, 'released')
  return done(`${id} is released`)
}

async function cancel(ledger: Ledger, hands: Hands, id: string, now: boolean): Promise<Answer> {
  const row = ledger.row(id)
  const { state } = row
  if (state.state === 'landed' || state.state === 'landing') return refused(`${id} is ${state.state}`)
  if (state.state === 'cancelled') return done(`${id} is cancelled`)
  if (state.state === 'running') {
    if (now) hands.end(id)
    return { kind: 'later' }
  }
  await leave(ledger, row, { state: 'cancelled' }, 'cancelled by a person')
  return done(`${id} is cancelled; its work is kept`)
}

/** Leaves one state for another, and with it a conflict that was waiting for a person. */
async function leave(
  ledger: Ledger,
  row: WorkstreamRow,
  to: WorkstreamState,
  why: string,
  more: RunChange = {},
): Promise<void> {
  const asked = taken(ledger, row, more)
  const settledConflicts = ledger.conflicts.has(row.id) ? [row.id] : []
  const event = { type: 'workstream.state', from: row.state.state, to, why, workstream: row.id } as const
  const events = [...(more.events ?? []), event]
  const attempts = [...(more.attempts ?? []), ...asked]
  await ledger.record({ ...more, attempts, workstreams: [{ ...row, state: to }], settledConflicts, events })
}

/** The attempt of a person who is no longer asked, and has handed in nothing. */
function taken(ledger: Ledger, { id, state }: WorkstreamRow, { attempts = [] }: RunChange): Attempt[] {
  if (state.state !== 'waiting' || state.for !== 'manual') return []
  if (attempts.some(({ number }) => number === state.attempt)) return []
  const outcome = { kind: 'cancelled', code: null, message: 'no longer asked of a person' } as const
  const asked = ledger.attempts.get(id)?.find(({ number }) => number === state.attempt)
  return asked === undefined ? [] : [{ ...asked, phase: 'settled', endedAt: ledger.now(), outcome }]
}
