/**
 * `sluice run --dry-run`: what a run would do now. It changes nothing, byte for byte: the store is read from a copy,
 * because SQLite leaves traces even of reading.
 */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Prospect, prospect } from '../../coordinator/begin.ts'
import type { Repository } from '../../git/repository.ts'
import { scratchFolder } from '../../git/scratch-folder.ts'
import { commitOf, readTip } from '../../landing/tip.ts'
import { EXIT } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { viewsOfRows } from '../../observe/status.ts'
import type { Plan } from '../../plan/load.ts'
import { minutesText } from '../../plan/render.ts'
import { type Forecast, forecast, type Slice } from '../../plan/simulate.ts'
import { plannedMinutes } from '../../plan/shape.ts'
import { softEdgesOf } from '../../plan/soft-edges.ts'
import { isHeld } from '../../process/lock.ts'
import { openStore } from '../../store/open.ts'
import type { Store, WorkstreamRow } from '../../store/store.ts'
import { toolOrder } from '../../schedule/fallback.ts'
import type { Tool } from '../../tools/tool.ts'
import { selectRows } from '../only.ts'
import type { Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'
import { choiceAfter, type Rule } from '../tool-rules.ts'

export interface DryRun extends CommonOptions {
  only?: string[]
  seats: number
  tools: ReadonlyMap<string, Tool>
  /** What would be said about tools. */
  rules: readonly Rule[]
}

export interface Foreseen extends Prospect {
  tip: string
  /** Ids named by `--only`; null: all. */
  only: ReadonlySet<string> | null
}

/** The run that would begin or go on, and what `--only` means in it; throws E103 for a selection that cannot be. */
export async function foresee(
  { repo, config, paths }: Session,
  plan: Plan,
  { only, seats }: { only: readonly string[]; seats: number },
): Promise<Foreseen> {
  const found = await readTip(repo, config.target, { tidy: false })
  const tip = commitOf(found)
  const known = { repo, target: config.target, tip, plan: plan.workstreams, agents: seats, now: Date.now }
  const foreseen = await withCopy(repo, paths.store, (store) => prospect({ store, ...known }))
  return { ...foreseen, tip, only: selectRows(foreseen.rows, only) }
}

export async function dryRun(session: Session, plan: Plan, options: DryRun): Promise<number> {
  const { config, paths } = session
  const { run, rows, tip, only } = await foresee(session, plan, { only: options.only ?? [], seats: options.seats })
  const views = viewsOfRows(rows)
  const open = rows.filter(({ id, state }) => state.state === 'open' && (only === null || only.has(id)))
  const isLive = run !== null && (await isHeld(paths.lock))
  const atWork = rows.flatMap(({ id, state }) => (state.state === 'running' ? [{ id, agent: state.agent }] : []))
  const { order, eta } = foreseeSchedule(rows, open, isLive ? run.agents : options.seats)
  const choice = choiceAfter(run?.choice, options.rules, config, new Set(options.tools.keys()))
  const toolOf = new Map(
    open.map(({ id, definition }) => [
      id,
      toolOrder(definition, config.tools.order, choice).tools.find((tool) => options.tools.has(tool)),
    ]),
  )
  const would = order.map((slice) => ({ ...slice, tool: toolOf.get(slice.workstream) ?? null }))
  const counts: Record<string, number> = {}
  for (const { name } of views.values()) counts[name] = (counts[name] ?? 0) + 1
  if (options.json) {
    printJson(document('dry-run', { run: run?.id ?? null, target: config.target, tip, counts, atWork, eta, would }))
    return EXIT.ok
  }
  const width = Math.max(10, ...would.map(({ workstream }) => workstream.length))
  printLines([
    `${headOf(run, isLive)} on ${config.target} at ${tip.slice(0, 10)}.`,
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
    ...(atWork.length === 0 ? [] : [`at work: ${atWork.map(({ id, agent }) => `${id} (agent-${agent})`).join(', ')}`]),
    '',
    ...(would.length === 0
      ? [`Nothing is left to ${atWork.length === 0 ? 'do' : 'begin'}.`]
      : [`${'WORKSTREAM'.padEnd(width)}  AGENT  TOOL      BEGINS`]),
    ...would.map(
      ({ workstream, agent, tool, startMinute }) =>
        `${workstream.padEnd(width)}  ${String(agent).padEnd(5)}  ${(tool ?? '-').padEnd(8)}  +${minutesText(startMinute)}`,
    ),
    ...(would.length === 0
      ? []
      : ['', `Done in ${minutesText(eta.p50)} to ${minutesText(eta.p80)}. Nothing was changed.`]),
  ])
  return EXIT.ok
}

function headOf(run: Prospect['run'], isLive: boolean): string {
  if (run === null) return 'A new run would begin'
  return isLive ? `Run ${run.id} is at work` : `Run ${run.id} would go on`
}

/**
 * When the `open` ones begin. What is at work stays in its seat for the rest of its estimate; the others are given out
 * as seats become free.
 */
function foreseeSchedule(
  rows: readonly WorkstreamRow[],
  open: readonly WorkstreamRow[],
  seats: number,
): { order: Slice[]; eta: Forecast['eta'] } {
  // Of the whole plan, as the run will: a workstream that has landed is in nobody's way.
  const softEdges = softEdgesOf(
    rows.map((row) => row.definition),
    seats,
  )
  const agentOf = new Map<string, number>()
  const running = rows.flatMap(({ id, definition, state }) => {
    if (state.state !== 'running') return []
    agentOf.set(id, state.agent)
    const spentMinutes = (Date.now() - state.startedAt) / 60_000
    const estimateMinutes = Math.max(1, plannedMinutes(definition) - spentMinutes)
    return [{ ...definition, priority: Number.POSITIVE_INFINITY, estimateMinutes }]
  })
  const all = [...running, ...open.map((row) => row.definition)]
  const edges = softEdges.filter(({ after }) => !agentOf.has(after))
  const { schedule, eta } = forecast(all, Math.max(seats, running.length), edges)
  const seatOf = seating(schedule, agentOf)
  const order = schedule.order
    .filter(({ workstream }) => !agentOf.has(workstream))
    .map((slice) => ({ ...slice, agent: seatOf.get(slice.agent)! }))
  return { order, eta }
}

/** The simulation numbers seats as it fills them: by its number, the one that is meant. */
function seating({ agents, order }: Forecast['schedule'], agentOf: ReadonlyMap<string, number>): Map<number, number> {
  const numbers = Array.from({ length: agents }, (_, index) => index + 1)
  const seatOf = new Map<number, number>()
  for (const { workstream, agent } of order) {
    const taken = agentOf.get(workstream)
    if (taken !== undefined) seatOf.set(agent, taken)
  }
  const free = new Set(numbers).difference(new Set(seatOf.values()))
  for (const number of numbers) {
    if (seatOf.has(number)) continue
    const [next] = free
    seatOf.set(number, next!)
    free.delete(next!)
  }
  return seatOf
}

async function withCopy<T>(repo: Repository, path: string, read: (store: Store | null) => Promise<T>): Promise<T> {
  if (!existsSync(path)) return await read(null)
  await using folder = await scratchFolder(repo)
  for (const suffix of ['', '-wal']) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, join(folder.path, `sluice.db${suffix}`))
  }
  const store = openStore(join(folder.path, 'sluice.db'))
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}
