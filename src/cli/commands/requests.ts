/**
 * The commands by which a person steers: retry, submit, skip, hold, release, cancel, resolve. Each writes a request and
 * wakes the coordinator. When nobody is at work the same request is applied here, under the repository's lock.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { touch } from '../../coordinator/bell.ts'
import { Ledger } from '../../coordinator/ledger.ts'
import { sweepGates } from '../../coordinator/gating.ts'
import { recoverCheckout, unpinCutOff } from '../../coordinator/recover.ts'
import { applyRequests } from '../../coordinator/requests.ts'
import { answerRollback, type RollbackAsked } from '../../coordinator/rollback.ts'
import { commitOf, readTip } from '../../landing/tip.ts'
import { accept, refusalText } from '../../attempt/accept.ts'
import { mergeBase } from '../../git/ancestry.ts'
import { landingPerson, readUserIdentity } from '../../git/identity.ts'
import { resolveCommit } from '../../git/repository.ts'
import { scratchFolder } from '../../git/scratch-folder.ts'
import { treeChanges } from '../../git/tree-changes.ts'
import { EXIT, SluiceError, type Failure } from '../../model/failure.ts'
import type { Request, RequestBody, Run } from '../../model/run.ts'
import { document } from '../../observe/documents.ts'
import { viewsOfRows } from '../../observe/status.ts'
import { select } from '../../plan/select.ts'
import { acquireLock, isHeld } from '../../process/lock.ts'
import type { Store, WorkstreamRow } from '../../store/store.ts'
import { askedBefore } from '../asked-before.ts'
import { openContext, readHand } from '../context.ts'
import { type Handed, handOver } from '../opened.ts'
import { rebaseConflict, type RebasedWork } from '../rebase.ts'
import { presentTools } from '../preflight.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'
import { requireAllowed } from '../tool-rules.ts'

/** A coordinator applies a request at its next turn; one that is stuck for this long will do it later. */
const ANSWER_MS_MAX = 10_000
const ANSWER_LOOK_MS = 50

/** Requests after which there is something for a run to do. */
const GOES_ON: ReadonlySet<RequestBody['kind']> = new Set([
  'retry',
  'submit',
  'resolve',
  'settle',
  'release',
  'approve',
])

export async function retry(
  selectors: string[],
  options: CommonOptions & { tool?: string; note?: string; fresh?: boolean },
): Promise<number> {
  return await withRun(async (desk) => {
    const { tool = null, note = null, fresh = false } = options
    if (tool !== null) requireAllowed(desk.session.config, tool)
    const ids = await desk.select(selectors)
    return await desk.ask({ kind: 'retry', ids, tool, note, fresh }, options)
  })
}

export async function submit(id: string, options: CommonOptions & { ref?: string }): Promise<number> {
  return await withRun(async (desk) => {
    const [one] = await desk.select([id])
    if (options.ref === undefined) {
      const opened = await desk.opened(one!)
      if (opened !== null)
        return await desk.ask({ kind: 'submit', id: one!, work: opened.work }, options, {}, opened.remove)
    }
    const work = await desk.commit(options.ref ?? `ws/${one}`, `sluice submit ${one}`)
    return await desk.ask({ kind: 'submit', id: one!, work }, options)
  })
}

export async function resolve(
  id: string,
  options: CommonOptions & { ref?: string; rebase?: boolean; tool?: string; discard?: boolean; satisfy?: boolean },
): Promise<number> {
  return await withRun(async (desk) => {
    const [one] = await desk.select([id])
    if (options.tool !== undefined) {
      await requireUsable(desk, options.tool)
      return await desk.ask({ kind: 'settle', id: one!, tool: options.tool }, options)
    }
    if (options.discard)
      return await desk.ask({ kind: 'discard', id: one!, satisfy: options.satisfy ?? false }, options)
    if (options.rebase) {
      const rebased = await desk.rebased(one!)
      return await desk.ask({ kind: 'resolve', id: one!, work: rebased.work }, options, {}, rebased.remove)
    }
    if (options.ref === undefined) {
      const opened = await desk.opened(one!)
      if (opened !== null)
        return await desk.ask({ kind: 'resolve', id: one!, work: opened.work }, options, {}, opened.remove)
      throw refusal(await desk.notOpened(one!), EXIT.usage)
    }
    const work = await desk.commit(options.ref, `sluice resolve ${one}`)
    return await desk.ask({ kind: 'resolve', id: one!, work }, options)
  })
}

export async function skip(selectors: string[], options: CommonOptions & { satisfy?: boolean }): Promise<number> {
  return await withRun(async (desk) => {
    const ids = await desk.select(selectors)
    return await desk.ask({ kind: 'skip', ids, satisfy: options.satisfy ?? false }, options)
  })
}

export async function hold(selectors: string[], options: CommonOptions): Promise<number> {
  return await withRun(async (desk) => await desk.ask({ kind: 'hold', ids: await desk.select(selectors) }, options))
}

export async function release(selectors: string[], options: CommonOptions): Promise<number> {
  return await withRun(async (desk) => await desk.ask({ kind: 'release', ids: await desk.select(selectors) }, options))
}

export async function cancel(
  selectors: string[],
  options: CommonOptions & { all?: boolean; drain?: boolean; now?: boolean },
): Promise<number> {
  return await withRun(async (desk) => {
    if (options.all) {
      if (await isHeld(desk.session.paths.lock))
        return await desk.ask({ kind: 'stop', now: options.now ?? false }, options)
      if (options.json) printJson(document('request', { request: null }))
      else terminal.out('no run is at work\n')
      return EXIT.ok
    }
    if (selectors.length === 0) {
      throw refusal(
        { code: 'E103', message: 'say what to cancel', fix: 'sluice cancel ID, or sluice cancel --all' },
        EXIT.usage,
      )
    }
    const ids = await desk.select(selectors)
    return await desk.ask({ kind: 'cancel', ids, now: options.drain !== true }, options)
  })
}

/** A tool that can be started: allowed, no person, and there. */
async function requireUsable(desk: Desk, tool: string): Promise<void> {
  requireAllowed(desk.session.config, tool)
  const found = (await presentTools(desk.session)).get(tool)
  if (found?.kind === 'process') return
  const message = found === undefined ? `${tool} is not present` : `${tool} is a person: settle it with --ref`
  throw refusal({ code: 'E106', message, fix: 'sluice tools' })
}

function refusal(failure: Failure, exit: 1 | 2 | 3 = EXIT.failed): SluiceError {
  return new SluiceError(failure, exit)
}

/** Opens the newest run for a command, and closes it again. */
export async function withRun(work: (desk: Desk) => Promise<number>): Promise<number> {
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  try {
    return await work(new Desk(session, store, run))
  } finally {
    await store.close()
  }
}

/** Where requests are handed in, for one run. */
export class Desk {
  readonly session: Session
  readonly store: Store
  readonly run: Run

  constructor(session: Session, store: Store, run: Run) {
    this.session = session
    this.store = store
    this.run = run
  }

  /** Every workstream of the run, in plan order. */
  async rows(): Promise<WorkstreamRow[]> {
    return await this.store.workstreams(this.run.id)
  }

  async select(selectors: string[]): Promise<string[]> {
    const rows = await this.rows()
    const views = viewsOfRows(rows)
    const definitions = rows.map((row) => row.definition)
    return select(definitions, selectors, { stateOf: (id) => views.get(id)!.name })
  }

  /**
   * A person's work must be a commit that shares history with the target, and is held against the same list as that of
   * a tool. Where the declared policy puts something right, it is the commit on top that counts. `command` is what was
   * typed, without the name of the commit.
   */
  async commit(rev: string, command: string): Promise<string> {
    const { repo } = this.session
    const work = await resolveCommit(repo, rev)
    if (work === null) {
      const fix = `commit your work, then name it: ${command} --ref BRANCH`
      throw refusal({ code: 'E103', message: `there is no commit ${rev}`, fix }, EXIT.usage)
    }
    return await this.#accepted(work, rev)
  }

  /** What was made in the worktree that is open for a workstream, as fit as any other work; null when none is open. */
  async opened(id: string): Promise<Handed | null> {
    const handed = await handOver(this.session, id)
    return handed === null ? null : { ...handed, work: await this.#accepted(handed.work, handed.path) }
  }

  /** Why `resolve` alone has nothing to take. */
  async notOpened(id: string): Promise<Failure> {
    const state = viewsOfRows(await this.rows()).get(id)!.name
    const isConflict = state === 'conflict'
    return {
      code: 'E103',
      message: isConflict
        ? `${id} has not been opened: say how to settle its conflict`
        : `${id} is ${state}, not in conflict`,
      fix: isConflict
        ? `sluice open ${id}, or sluice resolve ${id} with --ref REF, --rebase, --tool TOOL or --discard`
        : `sluice explain ${id}`,
    }
  }

  /** Work in conflict as it goes onto the target now. Throws E402 when it does not. */
  async rebased(id: string): Promise<RebasedWork> {
    const { id: run, target } = this.run
    return await rebaseConflict(this.session, { store: this.store, run, target, id })
  }

  /** The commit that is taken for it. Throws E204 where it is not fit to land. */
  async #accepted(work: string, name: string): Promise<string> {
    const { repo, config } = this.session
    const tip = await readTip(repo, this.run.target)
    const base = await mergeBase(repo, work, commitOf(tip))
    if (base === null) {
      const shallow = 'git fetch --unshallow, then again: this clone is shallow, and the common history may be cut off'
      const fix = repo.shallow ? shallow : `base the work on ${this.run.target}`
      throw refusal({ code: 'E204', message: `${name} has no history in common with ${this.run.target}`, fix })
    }
    const changes = await treeChanges(repo.gitDir, base, work)
    await using folder = await scratchFolder(repo)
    const author = landingPerson(await readUserIdentity(repo))
    const dateSeconds = Math.floor(Date.now() / 1000)
    const order = { base, tip: work, changes, leftOut: [], folder: folder.path, author, dateSeconds }
    const accepted = await accept({ repo, config, ...order })
    if (accepted.kind === 'refused') {
      const { refusals } = accepted
      throw refusal({
        code: 'E204',
        message: `${name} cannot be accepted: ${refusalText(refusals)}`,
        fix: 'put that right in a commit on top, then again',
        details: { findings: refusals },
      })
    }
    for (const { code, message } of accepted.warnings) terminal.err(`${code} ${message}\n`)
    for (const report of accepted.reports) terminal.err(`${report}\n`)
    return accepted.tip
  }

  /**
   * Asks, and tells what came of it. `beside`: further fields of the document. `whenDone` is called when it was done: not
   * when it was refused, nor when it still waits.
   */
  async ask(
    body: RequestBody,
    options: CommonOptions,
    beside: object = {},
    whenDone?: () => Promise<void>,
  ): Promise<number> {
    const { paths, repo } = this.session
    const before = await askedBefore(this.store, body, async () =>
      commitOf(await readTip(repo, this.run.target, { tidy: false })),
    )
    const request = before ?? (await this.#handIn(body))
    touch(paths.wake)
    const lock = await acquireLock(paths.lock, {
      pid: process.pid,
      startedAt: Date.now(),
      command: `sluice ${body.kind}`,
    })
    const isAlone = lock.kind === 'held'
    if (isAlone) {
      await using _ = lock
      await this.#applyHere()
    }
    const answered = await this.#answer(request)
    if (answered.state === 'done') await whenDone?.()
    const exit = this.#tell(answered, { ...options, hint: isAlone && GOES_ON.has(body.kind), beside })
    if (answered.isTold === false) await this.#record({ ...answered, isTold: true })
    return exit
  }

  async #handIn(body: RequestBody): Promise<Request> {
    const told = body.kind === 'rollback' ? { isTold: false } : {}
    const request: Request = { id: randomUUID(), at: Date.now(), body, state: 'open', answer: null, ...told }
    await this.#record(request)
    return request
  }

  async #record(request: Request): Promise<void> {
    await this.store.record({ run: this.run.id, at: Date.now(), requests: [request] })
  }

  /** No coordinator is at work, so nothing runs that could be ended or waited for; a tool that it left may still be told something. */
  async #applyHere(): Promise<void> {
    const { repo, config, paths } = this.session
    const ledger = await Ledger.load(this.store, this.run, Date.now)
    const context = openContext(this.session, ledger, new Map(), await readHand(this.session))
    // Somebody waits for the answer: a full disk is one.
    context.room.off()
    const rollbacks: RollbackAsked[] = []
    await applyRequests(ledger, {
      repo,
      config,
      paths,
      identity: context.identity,
      tip: async () => commitOf(await readTip(repo, this.run.target)),
      end: () => undefined,
      stop: () => undefined,
      rollBack: (request) => rollbacks.push(request),
    })
    if (rollbacks.length === 0) return
    // What an orchestrator that was killed has left would be in the way, or stay for ever.
    await recoverCheckout(repo, paths)
    await unpinCutOff(repo)
    await sweepGates(paths.work)
    for (const request of rollbacks) await answerRollback(context, request, new AbortController().signal)
  }

  async #answer(request: Request): Promise<Request> {
    // A rollback takes as long as its gate does; everything else is done at the coordinator's next turn.
    const waitMs = request.body.kind === 'rollback' ? Number.POSITIVE_INFINITY : ANSWER_MS_MAX
    const deadline = performance.now() + waitMs
    for (;;) {
      const now = (await this.store.request(request.id)) ?? request
      if (now.state !== 'open' || performance.now() > deadline) return now
      await delay(ANSWER_LOOK_MS)
    }
  }

  /** `hint`: say that something is to be done now, and that nobody is there to do it. `beside`: more for the document. */
  #tell(request: Request, options: CommonOptions & { hint: boolean; beside: object }): number {
    const { state } = request
    const answer = request.answer ?? 'noted; it is done as soon as what runs has come to its end'
    if (state === 'refused') throw refusal(request.failure ?? { code: 'E103', message: answer, fix: 'sluice status' })
    if (options.json) printJson(document('request', { request: { id: request.id, state, answer }, ...options.beside }))
    else {
      terminal.out(`${answer}\n`)
      if (options.hint) terminal.out('no coordinator is at work: `sluice run` goes on with it\n')
    }
    return EXIT.ok
  }
}
