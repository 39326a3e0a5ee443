/**
 * What nearly every command begins with: the repository around the working folder, its configuration, its plan, its
 * store. Reading never creates anything.
 */
import { openRepository, type Repository } from '../git/repository.ts'
import { pathsOf, type Paths } from '../coordinator/paths.ts'
import type { Config } from '../model/config.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import type { Run } from '../model/run.ts'
import { readConfig } from '../plan/config.ts'
import { hasErrors, loadPlan, type Plan } from '../plan/load.ts'
import { cores, memoryBytes } from '../process/machine.ts'
import { openStoreIfThere } from '../store/open.ts'
import type { Store } from '../store/store.ts'

export interface Session {
  repo: Repository
  config: Config
  paths: Paths
}

/** Throws E105 without a repository and E103 (exit 2, all diagnostics in the details) with a bad configuration. */
export async function openSession(folder: string): Promise<Session> {
  const repo = await openRepository(folder)
  const reading = await readConfig(repo.root)
  if ('diagnostics' in reading) throw invalid('sluice.yaml', reading.diagnostics)
  return { repo, config: reading.config, paths: pathsOf(repo, reading.config) }
}

/** The plan; throws E103 (exit 2) when anything in it is an error. */
export async function requirePlan({ repo, config }: Session): Promise<Plan> {
  const plan = await loadPlan(repo.root, config)
  if (hasErrors(plan.diagnostics)) throw invalid('the plan', plan.diagnostics)
  return plan
}

function invalid(what: string, diagnostics: Diagnostic[]): SluiceError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [first] = errors
  return new SluiceError(
    {
      code: first?.code ?? 'E103',
      message: errors.length === 1 ? `${what} has an error` : `${what} has ${errors.length} errors`,
      fix: 'mend what is listed above; `sluice plan` checks it again',
      details: { diagnostics },
    },
    EXIT.usage,
  )
}

/** What an agent with its tests needs at peak, for `agents: auto`: twice the largest tool that was measured. */
const AGENT_BYTES = 1024 ** 3

/** How many seats a run has: `--agents`, else the configuration, else what cores and memory of this machine carry. */
export function machineSeats(config: Config, wanted: number | null): number {
  if (wanted !== null) return wanted
  if (config.agents !== 'auto') return config.agents
  return Math.max(1, Math.min(cores(), Math.floor(memoryBytes().total / AGENT_BYTES)))
}

/** The store and newest run of a repository that has one; throws E103 (exit 2) when nothing was ever run. */
export async function requireRun(session: Session): Promise<{ store: Store; run: Run }> {
  const store = openStoreIfThere(session.paths.store)
  const run = (await store?.latestRun(session.config.target)) ?? (await store?.latestRun()) ?? null
  if (store !== null && run !== null) return { store, run }
  await store?.close()
  throw new SluiceError(
    { code: 'E103', message: 'nothing was run here yet', fix: 'start with `sluice run`' },
    EXIT.usage,
  )
}
