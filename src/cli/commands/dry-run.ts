/**
 * `sluice run --dry-run`: what a run would do now. It changes nothing, byte for byte: the store is read from a copy,
 * because SQLite leaves traces even of reading.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Prospect, prospect } from '../../coordinator/begin.ts'
import { commitOf, readTip } from '../../landing/tip.ts'
import { EXIT } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { viewsOfRows } from '../../observe/status.ts'
import type { Plan } from '../../plan/load.ts'
import { durationText } from '../../plan/render.ts'
import { forecast } from '../../plan/simulate.ts'
import { softEdgesOf } from '../../plan/soft-edges.ts'
import { openStore } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import { toolOrder } from '../../schedule/fallback.ts'
import type { Tool } from '../../tools/tool.ts'
import { selectRows } from '../only.ts'
import type { Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export interface DryRun extends CommonOptions {
  only?: string[]
  seats: number
  tools: ReadonlyMap<string, Tool>
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
  const foreseen = await withCopy(paths.store, (store) => prospect({ store, ...known }))
  return { ...foreseen, tip, only: selectRows(foreseen.rows, only) }
}

export async function dryRun(session: Session, plan: Plan, options: DryRun): Promise<number> {
  const { config } = session
  const { run, rows, tip, only } = await foresee(session, plan, { only: options.only ?? [], seats: options.seats })
  const views = viewsOfRows(rows)
  const open = rows.filter(({ id, state }) => state.state === 'open' && (only === null || only.has(id)))
  const definitions = open.map((row) => row.definition)
  // Of the whole plan, as the run will: a workstream that has landed is in nobody's way.
  const softEdges = softEdgesOf(
    rows.map((row) => row.definition),
    options.seats,
  )
  const { schedule, eta } = forecast(definitions, options.seats, softEdges)
  const toolOf = new Map(
    open.map(({ id, definition }) => [
      id,
      toolOrder(definition, config.tools.order).tools.find((tool) => options.tools.has(tool)),
    ]),
  )
  const would = schedule.order.map((slice) => ({ ...slice, tool: toolOf.get(slice.workstream) ?? null }))
  const counts: Record<string, number> = {}
  for (const { name } of views.values()) counts[name] = (counts[name] ?? 0) + 1
  if (options.json) {
    printJson(document('dry-run', { run: run?.id ?? null, target: config.target, tip, counts, eta, would }))
    return EXIT.ok
  }
  const width = Math.max(10, ...would.map(({ workstream }) => workstream.length))
  printLines([
    `${run === null ? 'A new run would begin' : `Run ${run.id} would go on`} on ${config.target} at ${tip.slice(0, 10)}.`,
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
    '',
    ...(would.length === 0 ? ['Nothing is left to do.'] : [`${'WORKSTREAM'.padEnd(width)}  AGENT  TOOL      BEGINS`]),
    ...would.map(
      ({ workstream, agent, tool, startMinute }) =>
        `${workstream.padEnd(width)}  ${String(agent).padEnd(5)}  ${(tool ?? '-').padEnd(8)}  +${durationText(startMinute)}`,
    ),
    ...(would.length === 0
      ? []
      : ['', `Done in ${durationText(eta.p50)} to ${durationText(eta.p80)}. Nothing was changed.`]),
  ])
  return EXIT.ok
}

async function withCopy<T>(path: string, read: (store: Store | null) => Promise<T>): Promise<T> {
  if (!existsSync(path)) return await read(null)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-dry-run-'))
  try {
    for (const suffix of ['', '-wal']) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, join(folder, `sluice.db${suffix}`))
    }
    const store = openStore(join(folder, 'sluice.db'))
    try {
      return await read(store)
    } finally {
      await store.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
