/** `sluice run`: preflight, base gate, then the coordinator until it is done. Also the way to go on after anything. */
import { existsSync, rmSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { baseGate } from '../../coordinator/base-gate.ts'
import { begin } from '../../coordinator/begin.ts'
import { listen } from '../../coordinator/bell.ts'
import { Coordinator } from '../../coordinator/coordinator.ts'
import { sweepGates } from '../../coordinator/gating.ts'
import type { Ledger } from '../../coordinator/ledger.ts'
import { recoverCheckout, recoverLandings } from '../../coordinator/recover.ts'
import { excludeState } from '../../git/repository.ts'
import { commitOf, readTip } from '../../landing/tip.ts'
import type { Event } from '../../model/event.ts'
import { EXIT, messageOf } from '../../model/failure.ts'
import { eventDocument } from '../../observe/documents.ts'
import { createProgress } from '../../observe/lines.ts'
import { openLogFiles } from '../../observe/log-files.ts'
import type { Redactor } from '../../process/redact.ts'
import { boundOf } from '../../plan/analysis.ts'
import type { Plan } from '../../plan/load.ts'
import { openStarter } from '../../process/starter.ts'
import { openStore, openStoreIfThere } from '../../store/open.ts'
import type { Tool } from '../../tools/tool.ts'
import { openContext, readHand } from '../context.ts'
import { listenInterrupts } from '../interrupts.ts'
import { listenKeys } from '../keys.ts'
import { lockRepository } from '../lock.ts'
import { preflight, presentTools } from '../preflight.ts'
import { redactorOf } from '../../process/secrets.ts'
import { selectOnly } from '../only.ts'
import { openSession, requirePlan, machineSeats, type Session } from '../session.ts'
import { type CommonOptions, terminal } from '../terminal.ts'
import { choiceAfter, type Rule, ruleRequests, rulesOf } from '../tool-rules.ts'
import { dryRun, foresee } from './dry-run.ts'
import { runDetached } from './run-detached.ts'

export interface RunOptions extends CommonOptions {
  agents?: number
  only?: string[]
  tool?: string
  forbid?: string[]
  dryRun?: boolean
  detach?: boolean
  allowRedBase?: boolean
}

/** After this long the first tools have been started, and none has ended. */
const FIRST_TOOLS_MS = 500

export async function run(options: RunOptions): Promise<number> {
  // First of all: it is there when the repository and the plan have been read.
  await using _starter = openStarter()
  const session = await openSession(process.cwd())
  const plan = await requirePlan(session)
  const seats = machineSeats(session.config, options.agents ?? null)
  const tools = await presentTools(session)
  await preflight(session, plan, { json: options.json ?? false })
  const rules = rulesOf(options)
  if (options.dryRun) return await dryRun(session, plan, { ...options, seats, tools, rules })
  choiceAfter(undefined, rules, session.config, new Set(tools.keys()))
  if (options.detach) return await runDetached(session, withoutDetach(process.argv.slice(2)), options.json ?? false)
  if (options.only !== undefined) await foresee(session, plan, { only: options.only, seats })
  return await underLock(session, async () => await execute({ session, plan, seats, tools, rules, options }))
}

function withoutDetach(argv: readonly string[]): string[] {
  return argv.filter((word) => word !== '--detach' && word !== '--json')
}

/** One coordinator per repository. A first run that comes to nothing leaves no `.sluice/` behind. */
async function underLock({ paths }: Session, work: () => Promise<number>): Promise<number> {
  const isNew = !existsSync(paths.state)
  const lock = await lockRepository(paths, 'sluice run')
  try {
    return await work()
  } finally {
    if (isNew && !existsSync(paths.store)) rmSync(paths.state, { recursive: true, force: true })
    await lock.release()
  }
}

interface Execution {
  session: Session
  plan: Plan
  seats: number
  tools: ReadonlyMap<string, Tool>
  rules: readonly Rule[]
  options: RunOptions
}

async function execute({ session, plan, seats, tools, rules, options }: Execution): Promise<number> {
  const { repo, config, paths } = session
  const { target } = config
  await recoverCheckout(repo, paths)
  const swept = await sweepGates(paths.work)
  const found = await readTip(repo, target)
  const tip = commitOf(found)
  const before = openStoreIfThere(paths.store)
  const interrupted = new AbortController()
  let verdict
  try {
    using _interrupts = listenInterrupts(() => interrupted.abort())
    const begins = (names: string[]): void => {
      if (!options.json) tellBaseGate(tip, names)
    }
    const gate = { repo, config, target, paths, tip, store: before, signal: interrupted.signal, begins }
    verdict = options.allowRedBase ? null : await baseGate(gate)
  } catch (error) {
    if (interrupted.signal.aborted) return EXIT.interrupted
    throw error
  } finally {
    await before?.close()
  }
  await excludeState(repo)
  const store = openStore(paths.store)
  try {
    const [{ ledger, opening }, hand] = await Promise.all([
      begin({ store, repo, target, tip, plan: plan.workstreams, agents: seats, now: Date.now }),
      readHand(session),
    ])
    const only = selectOnly(ledger, options.only ?? [])
    const context = openContext(session, ledger, tools, hand)
    const logs = followEvents(ledger, paths.logs, redactorOf(config), options)
    ledger.tell(opening)
    if (verdict !== null) {
      const ended = { type: 'check.ended', kind: 'base', commit: tip, results: verdict.results, cached: false } as const
      const ms = Math.round(verdict.results.reduce((sum, one) => sum + one.ms, 0))
      await ledger.record({ verdicts: [verdict], events: [{ ...ended, ms }] })
    }
    await recoverLandings(context, swept)
    if (rules.length > 0) await ledger.record({ requests: ruleRequests(rules, Date.now()) })
    const staysForPeople = terminal.isInteractive(options)
    const boundMinutes = boundOf(plan.workstreams, seats).makespanMinutes
    const greenBase = options.allowRedBase ? null : tip
    const coordinator = new Coordinator(context, { seats, only, staysForPeople, greenBase, boundMinutes })
    using _wake = listen(paths.wake, context.bell)
    using _signals = listenSignals(coordinator, staysForPeople)
    // While the first tools are at work there is time for it; at the end somebody waits.
    const flush = setTimeout(flushCompileCache, FIRST_TOOLS_MS)
    try {
      return await coordinator.run()
    } finally {
      clearTimeout(flush)
      await logs.flush()
    }
  } finally {
    await store.close()
  }
}

/** There is no ledger yet that could tell it: the same words, for the screen alone. */
function tellBaseGate(commit: string, names: string[]): void {
  const body = { type: 'check.started', kind: 'base', names, commit } as const
  const event: Event = { ...body, seq: 0, at: Date.now(), run: '', workstream: null, attempt: null }
  for (const line of createProgress(terminal.errStyle())(event)) terminal.err(`${line}\n`)
}

/** Every event goes to the screen (or as NDJSON to stdout) and into the log files. */
function followEvents(
  ledger: Ledger,
  folder: string,
  redactor: Redactor,
  options: RunOptions,
): { flush: () => Promise<void> } {
  const progress = createProgress(terminal.errStyle(), ledger.rows.keys())
  const files = openLogFiles(folder, ledger.store, { redactor })
  let failure: unknown = null
  const advance = async (): Promise<void> => {
    try {
      await files.advance(ledger.run.id)
      failure = null
    } catch (error) {
      // A full disk must not end the run: the store has the events, and the files catch up later.
      failure ??= error
    }
  }
  ledger.onEvent((event) => {
    if (options.json) terminal.out(`${redactor.line(JSON.stringify(eventDocument(event)))}\n`)
    else for (const line of progress(event)) terminal.err(`${redactor.line(line)}\n`)
    void advance()
  })
  return {
    async flush() {
      await advance()
      if (failure !== null) terminal.err(`the log files could not be written: ${messageOf(failure)}\n`)
    },
  }
}

/** Once: drain. Twice: stop, the work is kept. A third time: leave at once, and let the next run tidy up. */
function listenSignals(coordinator: Coordinator, isInteractive: boolean): Disposable {
  let count = 0
  const interrupt = (): void => {
    count += 1
    if (count === 1) coordinator.drain()
    else if (count === 2) coordinator.stop()
    else process.exit(EXIT.interrupted)
  }
  const terminate = (): void => coordinator.stop()
  const hangUp = (): void => coordinator.detach()
  const interrupts = listenInterrupts(interrupt)
  process.on('SIGTERM', terminate)
  process.on('SIGHUP', hangUp)
  // Whoever reads our lines may go away; the run does not depend on it.
  const ignore = (): void => undefined
  process.stdout.on('error', ignore)
  process.stderr.on('error', ignore)
  const keys = isInteractive ? listenKeys({ detach: hangUp, interrupt }) : null
  return {
    [Symbol.dispose]() {
      keys?.[Symbol.dispose]()
      interrupts[Symbol.dispose]()
      process.off('SIGTERM', terminate)
      process.off('SIGHUP', hangUp)
    },
  }
}
