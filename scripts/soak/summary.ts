/** What a soak has shown, each number beside its target; read from git, the process table, the disk and the store's file. */
import { join } from 'node:path'
import type { Place } from '../../bench/place.ts'
import { EXIT } from '../../src/model/failure.ts'
import { passed } from '../../src/model/landing.ts'
import { type Before, violations } from '../aftermath.ts'
import { type Ledger, readLedger } from '../ledger.ts'
import { flatness } from './flat.ts'
import { type Line, line, lineText } from './line.ts'
import type { Sample } from './memory.ts'
import { GATE, type Work } from './work.ts'

export interface Soaked {
  place: Place
  work: Work
  before: Omit<Before, 'gate'> & { exit: number | null; log: string }
  kills: { tool: number; shim: number; orchestrator: number }
  samples: readonly Sample[]
  minutes: number
  /** From the first start of the orchestrator to its last end. */
  lastedMs: number
}

/** Of the time, the part that has to be filled: the last workstreams may be done a little early. */
const LASTED_SHARE_MIN = 0.9

/** Lines to print, and whether every number is as it should be. Takes a minute or two: all that was ever on the target is gated again. */
export async function summary(soaked: Soaked): Promise<{ lines: string[]; isKept: boolean }> {
  const { place, work, before, kills, samples, minutes, lastedMs } = soaked
  const { exit, log } = before
  const ledger = readLedger(join(place.repo, '.sluice', 'sluice.db'))
  const landed = work.workstreams.filter(({ id }) => ledger.states.get(id)?.state === 'landed')
  const others = work.workstreams.filter((one) => !landed.includes(one)).map(({ id }) => id)
  const unexplained = others.flatMap((id) => unexplainedOf(soaked, ledger, id))
  const broken = await violations(place, { name: 'soak', workstreams: landed }, { ...before, gate: GATE })
  const impossible = landed.filter(({ id }) => work.hopeless.has(id)).map(({ id }) => `${id} has landed, and cannot`)
  const wanted = others.length === 0 ? EXIT.ok : EXIT.partial
  const found = [
    ...(exit === wanted ? [] : [`the last run ended with ${exit}, and not ${wanted}: ${log.slice(-2000)}`]),
    ...unexplained,
    ...impossible,
    ...landed.flatMap(({ id }) => unprovenOf(ledger, id)),
    ...broken,
    ...(ledger.isSound ? [] : ['the database is damaged']),
    ...(ledger.runState === 'ended' ? [] : [`the run is ${ledger.runState}`]),
  ]
  const left = broken.filter((one) => one.startsWith('a process is left'))
  const lasted = lastedMs / 60_000
  const able = work.workstreams.length - work.hopeless.size
  const lines: Line[] = [
    line('lasted, minutes', lasted.toFixed(1), `${minutes}`, lasted >= LASTED_SHARE_MIN * minutes),
    line('kills of tools', `${kills.tool}`, 'some', kills.tool > 0),
    line('kills of shims', `${kills.shim}`, 'some', kills.shim > 0),
    line('kills of the orchestrator', `${kills.orchestrator}`, 'some', kills.orchestrator > 0),
    line('attempts', `${ledger.attempts.length}`, `${landed.length} or more`, ledger.attempts.length >= landed.length),
    line('landed of those that can', `${landed.length}`, `${able}, or explained`, landed.length > 0),
    line('explained', `${others.length - unexplained.length}`, `${others.length}`, unexplained.length === 0),
    line('processes left', `${left.length}`, '0', left.length === 0),
    line('broken promises', `${found.length}`, '0', found.length === 0),
    ...flatness(samples, minutes),
  ]
  const isKept = lines.every(({ ok }) => ok)
  return { lines: [...found.map((one) => `VIOLATED: ${one}`), ...lines.map(lineText)], isKept }
}

/** What has landed has a record of its landing, with a gate that passed and a receipt. */
function unprovenOf({ states, landings }: Ledger, id: string): string[] {
  const state = states.get(id)
  const record = state?.state === 'landed' ? landings.find((one) => one.id === state.landing) : undefined
  const isProven = record !== undefined && record.gate.length > 0 && passed(record.gate)
  return isProven && record.stage === 'done' && record.receipt !== undefined ? [] : [`nothing proves that ${id} landed`]
}

/** A workstream that has not landed is failed with a code, or blocked by such a one; `explain` says so. */
function unexplainedOf({ place, work }: Soaked, { states }: Ledger, id: string): string[] {
  const state = states.get(id)
  const { exit, stdout, stderr } = place.sluice('explain', id)
  if (exit !== 0) return [`explain ${id} ended with ${exit}: ${stderr}`]
  if (state?.state === 'failed') {
    return stdout.includes(state.failure.code) ? [] : [`explain ${id} does not name ${state.failure.code}:\n${stdout}`]
  }
  const { dependsOn } = work.workstreams.find((one) => one.id === id)!
  const missing = dependsOn.filter((one) => states.get(one)?.state !== 'landed')
  if (state?.state !== 'open' || missing.length === 0) return [`${id} is ${JSON.stringify(state)}`]
  return missing.every((one) => stdout.includes(one)) && stdout.includes('is blocked')
    ? []
    : [`explain ${id} does not say that ${missing.join()} is in its way:\n${stdout}`]
}
