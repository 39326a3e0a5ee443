/** Verdicts: the same tree under the same gate is asked once, in a slot of the pool, and what ran is on record. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { changedPaths } from '../git/merge.ts'
import { treeOf } from '../git/ancestry.ts'
import { gateDigest, markFile, runChecks } from '../landing/checks.ts'
import type { Check } from '../model/config.ts'
import type { CheckKind } from '../model/event.ts'
import { type CheckResult, passed } from '../model/landing.ts'
import { effectNow } from '../process/boundary.ts'
import { tellsOfFullDisk } from '../process/full-disk.ts'
import { killTree } from '../process/kill.ts'
import { type DiskRoom, OutOfRoom } from '../process/room.ts'
import type { Context } from './context.ts'
import { gateLog } from './paths.ts'

/** A check that fills the disk itself, or only speaks of a full one, is believed after this many that do not count. */
const UNHEARD_MAX = 3

export interface Asked {
  kind: CheckKind
  commit: string
  /** Its tree, when the caller knows it: a process of git less. */
  tree: string | null
  /** The commit that it is a step from, for `paths:` filters; null: every check runs. */
  onto: string | null
  checks: readonly Check[]
  workstream: string | null
  attempt: number | null
  /** Name of the log below the run's `gates/`. */
  log: string
  /** Not answered from an earlier verdict. */
  isFresh?: boolean
}

export interface Verdict {
  results: CheckResult[]
  /** Time that is not ours: checkout, set-up and the checks. */
  outsideMs: number
}

/** Runs the checks on exactly this commit, or answers from an earlier verdict on the same tree. */
export async function ask(context: Context, asked: Asked, signal: AbortSignal): Promise<Verdict> {
  const { ledger, repo, config, target, paths, gates, room } = context
  const { kind, commit, checks, workstream, attempt } = asked
  if (checks.length === 0) return { results: [], outsideMs: 0 }
  const began = performance.now()
  const filtered = asked.onto !== null && checks.some((check) => check.paths.length > 0)
  const changed = filtered ? await changedPaths(repo, asked.onto!, commit) : null
  const tree = asked.tree ?? (await treeOf(repo, commit))
  const gate = gateDigest(checks, config) + (changed === null ? '' : `+${asked.onto}`)
  const known = await ledger.store.verdict(tree, gate)
  if (known !== null && passed(known.results) && asked.isFresh !== true) {
    const ended = { type: 'check.ended', kind, commit, results: known.results, cached: true, ms: 0 } as const
    await ledger.record({ events: [{ ...ended, workstream, attempt }] })
    return { results: known.results, outsideMs: performance.now() - began }
  }
  const names = checks.map((check) => check.name)
  await ledger.record({ events: [{ type: 'check.started', kind, names, commit, workstream, attempt }] })
  const logFile = gateLog(paths, ledger.run.id, asked.log)
  mkdirSync(dirname(logFile), { recursive: true })
  const nonce = randomUUID()
  let unheard = 0
  const { results } = await room.hold(async () => {
    const outcome = await gates.lend(async (slot) => {
      signal.throwIfAborted()
      return await runChecks({ repo, slot, target, commit, checks, config, logFile, nonce, changed, signal })
    })
    if (isForLackOfRoom(room, outcome.results) && unheard++ < UNHEARD_MAX) {
      throw new OutOfRoom(`${redEvidence(outcome.results).message}, with no room left`)
    }
    return outcome
  }, signal)
  const ms = Math.round(performance.now() - began)
  const ended = { type: 'check.ended', kind, commit, results, cached: false, ms } as const
  await ledger.record({ verdicts: [{ tree, gate, results }], events: [{ ...ended, workstream, attempt }] })
  return { results, outsideMs: performance.now() - began }
}

/** Red with a full disk is no verdict. */
function isForLackOfRoom(room: DiskRoom, results: readonly CheckResult[]): boolean {
  if (passed(results)) return false
  return room.isShort() || results.some(({ exit, tail }) => exit !== 0 && tellsOfFullDisk(tail))
}

/** Whether the tree is known to pass these checks, as far as they do not depend on what it is a step from. */
export async function rememberedVerdict(
  { ledger, config }: Context,
  tree: string,
  checks: readonly Check[],
): Promise<boolean> {
  const known = await ledger.store.verdict(tree, gateDigest(checks, config))
  return known !== null && passed(known.results)
}

/**
 * Checks of an orchestrator that was killed may still be running: they are found by the mark left in their slot. To be
 * called before anything is run in one.
 */
export async function sweepGates(work: string): Promise<number> {
  const gates = join(work, 'gates')
  let found = 0
  for (const name of existsSync(gates) ? readdirSync(gates) : []) {
    const file = markFile(join(gates, name))
    if (!existsSync(file)) continue
    const killed = await killTree({ nonce: readFileSync(file, 'utf8'), leader: null }, { graceMs: 0 })
    // What cannot be ended keeps its mark, for the next look, and is not told as done.
    if (killed.survivors > 0) continue
    found += killed.found
    effectNow('remove nonce', () => rmSync(file, { force: true }))
  }
  return found
}

/** The part of red checks that the next attempt and a person get to see. */
export function redEvidence(results: readonly CheckResult[]): { message: string; evidence: string } {
  const red = results.find((result) => result.exit !== 0)
  if (red === undefined) return { message: 'all green', evidence: '' }
  const how = red.timedOut ? 'ran out of time' : red.exit === null ? 'was killed' : `exit ${red.exit}`
  return { message: `${red.name}: ${how}`, evidence: red.tail }
}
