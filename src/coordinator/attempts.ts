/** The coordinator's side of attempts: seats, starting, finding again, and what an end means for the workstream. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, type Job, nothing, resumeAttempt, runAttempt } from '../attempt/attempt.ts'
import type { Parked } from '../attempt/scope.ts'
import type { Settled } from '../attempt/settle.ts'
import { removeSlot, slotAt } from '../git/slot.ts'
import type { Attempt, Foundation, Outcome, OutcomeKind } from '../model/attempt.ts'
import type { NewEvent } from '../model/event.ts'
import { type Failure, messageOf } from '../model/failure.ts'
import type { Fix } from '../model/landing.ts'
import type { WorkstreamState } from '../model/state.ts'
import { readClock } from '../process/clock.ts'
import { writeFileAtomic } from '../process/files.ts'
import { bootId } from '../process/identity.ts'
import { killTree } from '../process/kill.ts'
import { RoomGivenUp } from '../process/room.ts'
import { type Action, MANUAL, type Seat } from '../schedule/decide.ts'
import type { Instead } from '../schedule/offer.ts'
import type { ProcessTool } from '../tools/tool.ts'
import { briefFor } from './briefing.ts'
import { climbOn, settledChange } from './conflict-steps.ts'
import type { Context } from './context.ts'
import { afterWork } from './enqueue.ts'
import type { Ledger } from './ledger.ts'
import { attemptDir } from './paths.ts'
import { askedConflict, judgeResolution, resolvesOf, settledBy, triedBy } from './resolving.ts'
import { fallOf, type Ground } from './speculation.ts'

export type Start = Extract<Action, { do: 'start' }>
type Ask = Extract<Action, { do: 'ask' }>

export class Attempts {
  readonly #context: Context
  /** By number of the agent. */
  readonly #seats: Map<number, { workstream: string | null; track: string | null }>

  constructor(context: Context, seats: number) {
    this.#context = context
    this.#seats = new Map(Array.from({ length: seats }, (_, index) => [index + 1, { workstream: null, track: null }]))
  }

  seats(): Seat[] {
    return [...this.#seats].map(([agent, seat]) => ({ agent, ...seat }))
  }

  /** Takes up again what another orchestrator had begun. A seat that this run has not is given for that long. */
  resume(): void {
    const { ledger } = this.#context
    for (const { id, state } of ledger.rows.values()) {
      if (state.state !== 'running') continue
      this.#occupy(state.agent, id)
      const attempt = ledger.attempt(id, state.attempt)
      this.#follow(attempt, (job, signal) =>
        resumeAttempt(job, signal, async (pid) => {
          await this.#tell(attempt, { type: 'attempt.adopted', tool: attempt.tool, agent: attempt.agent, pid })
        }),
      )
    }
  }

  /** Gives a workstream to an agent, to begin on that ground. When this resolves the attempt is on record; the work goes on beside the loop. */
  async start({ workstream: id, agent, tool, attempt: number, instead }: Start, ground: Ground): Promise<void> {
    const { ledger } = this.#context
    const resolves = await resolvesOf(this.#context, id)
    const { base, speculation } = ground
    const ordinary = this.#newAttempt(id, number, tool, agent, resolves?.onto ?? base)
    const grounded = speculation.length === 0 ? ordinary : { ...ordinary, speculation }
    const standsOn = landedDependencies(ledger, id)
    const attempt: Attempt = {
      ...(resolves === null ? grounded : { ...ordinary, resolves }),
      ...(standsOn.length === 0 ? {} : { standsOn }),
    }
    this.#occupy(agent, id)
    const resumes = resolves?.start ?? ledger.checkpoint(id)?.work ?? null
    const started: NewEvent = {
      type: 'attempt.started',
      tool,
      agent,
      base: attempt.base,
      resumes,
      ...(speculation.length === 0 ? {} : { buildsOn: speculation.map(({ workstream }) => workstream) }),
      workstream: id,
      attempt: number,
    }
    const state: WorkstreamState = { state: 'running', attempt: number, agent, startedAt: attempt.startedAt }
    const fallback = this.#fallback(id, tool, number, instead)
    await ledger.move(id, state, null, { attempts: [attempt], events: [...fallback, started] })
    this.#follow(attempt, runAttempt)
  }

  /** Asks a person: the brief is written, and the workstream waits for `submit`. No seat is taken. */
  async ask({ workstream: id, attempt: number }: Ask, base: string): Promise<void> {
    const { ledger, paths } = this.#context
    const attempt: Attempt = { ...this.#newAttempt(id, number, MANUAL, 0, base), phase: 'running' }
    const dir = attemptDir(paths, ledger.run.id, id, number)
    const brief = await briefFor(this.#context, attempt, ledger.checkpoint(id))
    await this.#context.room.hold(async () => {
      mkdirSync(dir, { recursive: true })
      await writeFileAtomic(join(dir, 'brief.md'), brief)
    })
    const state: WorkstreamState = { state: 'waiting', for: 'manual', attempt: number, since: ledger.now() }
    const why = `a person is asked; the brief is ${join(dir, 'brief.md')}`
    await ledger.move(id, state, why, { attempts: [attempt], events: this.#fallback(id, MANUAL, number) })
  }

  /** Slots of seats that this run does not have, left by one with more of them. */
  async removeIdleSlots(): Promise<void> {
    const { ledger, paths, repo } = this.#context
    for (const number of slotNumbers(paths.work)) {
      const isIdle =
        number > ledger.run.agents &&
        ![...ledger.rows.values()].some(({ state }) => state.state === 'running' && state.agent === number)
      if (isIdle) await removeSlot(repo, slotAt(paths.work, 'agents', number))
    }
  }

  #newAttempt(id: string, number: number, tool: string, agent: number, base: string): Attempt {
    const { ledger } = this.#context
    return {
      run: ledger.run.id,
      workstream: id,
      number,
      tool,
      agent,
      base,
      nonce: randomUUID(),
      phase: 'preparing',
      startedAt: ledger.now(),
      begun: { bootId: bootId(), monotonicMs: readClock().monotonicMs },
      endedAt: null,
      outcome: null,
      work: null,
      changed: [],
    }
  }

  /** The event of a change of tools, when there is one: from the last one, or from the one that `to` stands in for. */
  #fallback(id: string, to: string, number: number, instead?: Instead): NewEvent[] {
    const last = this.#context.ledger.attempts.get(id)?.at(-1)
    const counts = last !== undefined && last.number > this.#context.ledger.row(id).restart.after
    if (counts && last.tool === to) return []
    const named = { workstream: id, attempt: number }
    if (instead !== undefined) {
      const { tool: from, why, code } = instead
      return [{ type: 'tool.fallback', from, to, why, code, ...named }]
    }
    if (!counts || last.outcome === null) return []
    const { message, code } = last.outcome
    return [{ type: 'tool.fallback', from: last.tool, to, why: message, code, ...named }]
  }

  #occupy(agent: number, workstream: string): void {
    const { track } = this.#context.ledger.row(workstream).definition
    this.#seats.set(agent, { workstream, track })
  }

  #vacate(agent: number): void {
    const seat = this.#seats.get(agent)
    if (seat === undefined) return
    // A seat above this run's number was only kept for what an earlier run had begun.
    if (agent > this.#context.ledger.run.agents) this.#seats.delete(agent)
    else this.#seats.set(agent, { workstream: null, track: seat.track })
  }

  #follow(attempt: Attempt, run: (job: Job, signal: AbortSignal) => Promise<Ended>): void {
    this.#context.tasks.start(`attempt ${attempt.workstream}`, async (signal) => {
      const settled = await this.#run(attempt, run, signal)
      if (settled.kind === 'settled') await this.#settle(attempt, settled)
      this.#vacate(attempt.agent)
    })
  }

  /** An attempt must not take the run down with it: what it dies of becomes its outcome, and its tree is ended. */
  async #run(
    attempt: Attempt,
    run: (job: Job, signal: AbortSignal) => Promise<Ended>,
    signal: AbortSignal,
  ): Promise<Ended> {
    try {
      const ended = await run(await this.#job(attempt), signal)
      const { resolves } = attempt
      if (ended.kind !== 'settled' || resolves === undefined) return ended
      return await this.#context.room.hold(() => judgeResolution(this.#context, { ...attempt, resolves }, ended))
    } catch (error) {
      // It could not be taken over, and still is where it was: the next run finds the attempt as one that has ended.
      if (error instanceof RoomGivenUp) throw error
      await this.#context.room.hold(() => killTree({ nonce: attempt.nonce, leader: null }, { graceMs: 0 }))
      const outcome: Outcome = {
        kind: 'lost',
        code: 'E605',
        message: `the attempt could not be carried out: ${messageOf(error)}`,
      }
      return nothing(outcome)
    }
  }

  async #job(attempt: Attempt): Promise<Job> {
    const { ledger, repo, config, target, identity, paths, tools, sampling, room, keys, now } = this.#context
    const id = attempt.workstream
    const checkpoint = ledger.checkpoint(id)
    const wasRefused = checkpoint !== null && ['red', 'acceptance', 'declined'].includes(checkpoint.outcome?.kind ?? '')
    const tool = tools.get(attempt.tool)
    if (tool?.kind !== 'process') throw new Error(`${attempt.tool} is no longer configured`)
    return {
      repo,
      config,
      target,
      identity,
      slot: slotAt(paths.work, 'agents', attempt.agent),
      dir: attemptDir(paths, ledger.run.id, id, attempt.number),
      tool: tool satisfies ProcessTool,
      workstream: ledger.row(id).definition,
      attempt,
      checkpoint: startOf(attempt, checkpoint, wasRefused),
      brief: await briefFor(this.#context, attempt, checkpoint),
      resumes: resumableBefore(attempt, ledger.attempts.get(id) ?? []),
      sampling,
      room,
      keys,
      now,
      heard: async (heard, lines) => {
        const { tool: name, agent, number } = attempt
        const before = ledger.attempt(id, number)
        const named = { tool: name, agent, workstream: id, attempt: number }
        const events = lines.map((text) => said(text, named))
        const { asks } = heard
        if (asks !== undefined && asks.id !== before.heard?.asks?.id)
          events.push({ type: 'attempt.asked', question: asks.id, what: asks.what, ...named })
        await ledger.record({ attempts: [{ ...before, heard }], events })
      },
      prepared: async ({ created, ms, base }) => {
        const current: Attempt = { ...ledger.attempt(id, attempt.number), base, phase: 'running' }
        const event: NewEvent = { type: 'slot.prepared', slot: `agent-${attempt.agent}`, created, ms }
        await ledger.record({ attempts: [current], events: [{ ...event, workstream: id, attempt: attempt.number }] })
      },
      launched: async (pid) => {
        await this.#tell(attempt, { type: 'attempt.launched', tool: attempt.tool, agent: attempt.agent, pid })
      },
      checkpointed: async (commit) => {
        const current: Attempt = { ...ledger.attempt(id, attempt.number), checkpoint: commit }
        const { tool: name, agent, number } = attempt
        const event: NewEvent = {
          type: 'attempt.checkpoint',
          tool: name,
          agent,
          commit,
          workstream: id,
          attempt: number,
        }
        await ledger.record({ attempts: [current], events: [event] })
      },
    }
  }

  async #tell({ workstream, number }: Attempt, event: NewEvent): Promise<void> {
    await this.#context.ledger.record({ events: [{ ...event, workstream, attempt: number }] })
  }

  /** The end of an attempt and where that leads, in one transaction. A result of another attempt than the current is fenced. */
  async #settle({ workstream: id, number, agent, tool }: Attempt, settled: Settled): Promise<void> {
    const { ledger } = this.#context
    const { work, digest, changed, parked, strays, reports, warnings, session, lines } = settled
    // What was told while it ran counts where its output is lost.
    const usage = settled.usage ?? ledger.attempt(id, number).heard?.usage ?? null
    const fixes = repairsOf(ledger, id, settled)
    const outcome = fallOf(ledger, ledger.attempt(id, number), work) ?? settled.outcome
    const now = ledger.now()
    const left = {
      work,
      ...(digest === undefined ? {} : { digest }),
      changed,
      strays,
      warnings,
      ...(parked === null ? {} : { parked }),
      ...(session === null ? {} : { session }),
      ...(usage === null ? {} : { usage }),
    }
    const { checkpoint: _, heard: __, ...begun } = ledger.attempt(id, number)
    const attempt: Attempt = { ...begun, phase: 'settled', endedAt: now, outcome, ...left }
    const named = { workstream: id, attempt: number }
    const ms = now - attempt.startedAt
    const events: NewEvent[] = [
      ...lines.map((text) => said(text, { tool, agent, ...named })),
      {
        type: 'attempt.ended',
        tool,
        agent,
        outcome,
        work,
        changed: changed.length,
        ms,
        ...(usage === null ? {} : { usage }),
        ...named,
      },
      ...reports.map((text): NewEvent => ({ type: 'slot.report', slot: `agent-${agent}`, text, ...named })),
      ...warnings.map((failure): NewEvent => ({ type: 'warning', failure, ...named })),
      ...(parked === null ? [] : [{ type: 'warning', failure: parkedFailure(parked), ...named } as const]),
      ...fixes.map(({ code, problem, action, proof }): NewEvent => ({
        type: 'fix.recorded',
        code,
        problem,
        action,
        proof,
        ...named,
      })),
    ]
    const state = ledger.state(id)
    if (state.state !== 'running' || state.attempt !== number) {
      await ledger.record({ attempts: [attempt], fixes, events })
      return
    }
    const asked = attempt.resolves === undefined ? null : askedConflict(ledger, id)
    if (asked !== null && work === null) {
      await climbOn(ledger, asked.conflict, triedBy(asked, tool, settled), { attempts: [attempt], fixes, events })
      return
    }
    if (work === null || (outcome.kind !== 'ok' && outcome.kind !== 'empty')) {
      await ledger.move(id, { state: 'open' }, null, { attempts: [attempt], fixes, events })
      return
    }
    const { to, why, more } = await afterWork(this.#context, { ...attempt, work })
    const end = asked === null ? null : settledChange(asked.conflict, work, settledBy(asked, attempt.resolves!, tool))
    const conflicts = end?.conflicts ?? []
    await ledger.move(id, to, why, {
      ...more,
      fixes,
      conflicts,
      events: [...events, ...(end?.events ?? []), ...more.events],
    })
  }
}

/** Dependencies that have landed, by the work that did. */
function landedDependencies(ledger: Ledger, id: string): Foundation[] {
  return ledger.row(id).definition.dependsOn.flatMap((workstream) => {
    const state = ledger.rows.get(workstream)?.state
    if (state?.state !== 'landed') return []
    return [{ workstream, attempt: state.attempt, work: ledger.landings.get(state.landing)?.work ?? '' }]
  })
}

/** Where an attempt starts: a conflict that it settles, else the work so far. */
function startOf({ resolves }: Attempt, checkpoint: Attempt | null, wasRefused: boolean): Job['checkpoint'] {
  if (resolves !== undefined) return { commit: resolves.start, wasRefused: false }
  return checkpoint?.work ? { commit: checkpoint.work, wasRefused } : null
}

function said(text: string, named: { tool: string; agent: number; workstream: string; attempt: number }): NewEvent {
  return { type: 'attempt.said', text, ...named }
}

/** Ends after which a tool is in no better place for going on with the same conversation. */
const TALKED_OUT: ReadonlySet<OutcomeKind> = new Set(['overflow', 'refusal', 'denied', 'auth', 'model', 'protocol'])

/** The session that this attempt may take up: of the attempt right before it, by the same tool on the same seat. */
function resumableBefore(attempt: Attempt, attempts: readonly Attempt[]): Job['resumes'] {
  const before = attempts.findLast(({ number }) => number < attempt.number)
  if (before === undefined || before.tool !== attempt.tool || before.agent !== attempt.agent) return null
  const { session, outcome, number } = before
  if (session === undefined || outcome === null || TALKED_OUT.has(outcome.kind)) return null
  return outcome.kind === 'thrown-back' || attempt.resolves !== undefined ? null : { attempt: number, session }
}

function parkedFailure({ paths, patch }: Parked): Failure {
  const what = paths.length === 1 ? '1 file' : `${paths.length} files`
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ''
  return {
    code: 'E503',
    message: `${what} outside its scope parked, the rest goes on: ${paths.slice(0, 3).join(', ')}${more}`,
    fix: `git apply ${patch}, or widen files_scope`,
    details: { paths, patch },
  }
}

/** A damaged slot that was put right (S3), with the work that was got out of it as the proof. */
function repairsOf(ledger: Ledger, workstream: string, { repairs, work }: Settled): Fix[] {
  if (repairs.length === 0 || work === null) return []
  const action = 'put back from our own copy, and the work taken from there'
  const told = { code: 'E401', problem: repairs.join('; '), action, proof: `the work is pinned as ${work}` }
  return [{ ...told, run: ledger.run.id, workstream, at: ledger.now() }]
}

/** Numbers of the agents that have a slot below `work`. */
function slotNumbers(work: string): number[] {
  const folder = join(work, 'agents')
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const number = /^agent-([1-9]\d*)$/.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}
