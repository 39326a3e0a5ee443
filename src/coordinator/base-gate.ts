/**
 * Before the first dispatch the gate runs on the untouched target: on a red base every landing would be blamed for
 * what it did not do. Nothing of a run exists yet; a red base leaves the repository as it was.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { treeOf } from '../git/ancestry.ts'
import type { Repository } from '../git/repository.ts'
import { removeSlot, slotAt } from '../git/slot.ts'
import { gateDigest, runChecks } from '../landing/checks.ts'
import type { Config } from '../model/config.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { passed } from '../model/landing.ts'
import type { Store, Verdict } from '../store/store.ts'
import { redEvidence } from './gating.ts'
import type { Paths } from './paths.ts'

export interface BaseGate {
  repo: Repository
  config: Config
  target: string
  paths: Paths
  tip: string
  /** null before the first run: then there is no earlier verdict either. */
  store: Store | null
  signal: AbortSignal
  /** Told when the checks are really run: nothing of a run exists yet that could record it. */
  begins: (names: string[]) => void
}

/** The verdict on the tip; null when it was known already, or when no gate is wanted. Throws E506 (exit 5) when it is red. */
export async function baseGate(gateOfTip: BaseGate): Promise<Verdict | null> {
  const { repo, config, target, paths, tip, store, signal, begins } = gateOfTip
  const checks = config.gate ?? []
  if (checks.length === 0) return null
  const tree = await treeOf(repo, tip)
  const gate = gateDigest(checks, config)
  const known = (await store?.verdict(tree, gate)) ?? null
  if (known !== null && passed(known.results)) return null
  begins(checks.map(({ name }) => name))
  const slot = slotAt(paths.work, 'gates', 1)
  mkdirSync(slot.dir, { recursive: true })
  const logFile = join(paths.work, 'base-gate.log')
  const run = { repo, slot, target, commit: tip, checks, config, logFile, nonce: randomUUID(), changed: null, signal }
  const { results } = await runChecks(run)
  if (passed(results)) return { tree, gate, results }
  const { message, evidence } = redEvidence(results)
  await removeSlot(repo, slot)
  throw new SluiceError(
    {
      code: 'E506',
      message: `the gate is red on the untouched ${target} (${tip.slice(0, 10)}): ${message}`,
      fix: `make ${target} green first, or begin all the same with --allow-red-base when the plan repairs it`,
      details: {
        what: evidence
          .split('\n')
          .filter((line) => line.trim() !== '')
          .slice(-6),
        results,
      },
    },
    EXIT.noGo,
  )
}
