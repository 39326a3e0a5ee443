/** Before a run: which tools are there, and is everything as it has to be? `doctor` shows it, `run` acts on it. */
import { existsSync } from 'node:fs'
import { neutralise } from '../observe/neutralise.ts'
import { paint } from '../observe/style.ts'
import { GitError } from '../git/git.ts'
import { openRepository, type Repository } from '../git/repository.ts'
import { pathsOf } from '../coordinator/paths.ts'
import type { Config } from '../model/config.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { SluiceError } from '../model/failure.ts'
import { readConfig } from '../plan/config.ts'
import { loadPlan, type Plan } from '../plan/load.ts'
import { doctor, type DoctorDocument, refusalOf } from '../playbook/doctor.ts'
import { gatherFacts, type Known } from '../playbook/facts.ts'
import type { Leftovers } from '../playbook/leftovers/find.ts'
import { isUsable, toolsOf } from '../tools/registry.ts'
import type { Tool } from '../tools/tool.ts'
import { machineSeats, type Session } from './session.ts'
import { terminal } from './terminal.ts'

/** The tools of the order that a run can use, in that order. */
export async function presentTools({ repo, config }: Session): Promise<Map<string, Tool>> {
  const tools = toolsOf(config)
  const context = { root: repo.root, environment: process.env, versions: false }
  const present = new Map<string, Tool>()
  for (const id of config.tools.order) {
    const tool = tools.get(id)
    if (tool !== undefined && isUsable(await tool.detect(context))) present.set(id, tool)
  }
  return present
}

/** Looks at everything around `folder`, whatever is wrong with it. Changes nothing. `leftovers`: as found, or null. */
export async function examine(folder: string, leftovers: Leftovers | null): Promise<DoctorDocument> {
  const repository = await tryRepository(folder)
  const nothing = { config: null, diagnostics: [], workstreams: 0 }
  if (repository.kind === 'refused') return await examineKnown({ repository, ...nothing }, leftovers)
  const { repo } = repository
  const reading = await readConfig(repo.root)
  if ('diagnostics' in reading) {
    return await examineKnown({ repository, ...nothing, diagnostics: reading.diagnostics }, leftovers)
  }
  const { config } = reading
  const { diagnostics, workstreams } = await loadPlan(repo.root, config)
  return await examineKnown({ repository, config, diagnostics, workstreams: workstreams.length }, leftovers)
}

async function tryRepository(folder: string): Promise<Known['repository']> {
  try {
    return { kind: 'open', repo: await openRepository(folder) }
  } catch (error) {
    if (error instanceof SluiceError) return { kind: 'refused', failure: error.failure }
    if (!(error instanceof GitError)) throw error
    return {
      kind: 'refused',
      failure: { code: 'E106', message: 'git cannot be run', fix: 'install git 2.38 or newer' },
    }
  }
}

interface Read {
  repository: Known['repository']
  config: Config | null
  diagnostics: readonly Diagnostic[]
  workstreams: number
}

async function examineKnown(
  { repository, config, diagnostics, workstreams }: Read,
  leftovers: Leftovers | null,
): Promise<DoctorDocument> {
  const repo: Repository | null = repository.kind === 'open' ? repository.repo : null
  const paths = repo === null || config === null ? null : pathsOf(repo, config)
  const seats = config === null ? 1 : machineSeats(config, null)
  const environment = process.env
  const state = { work: paths?.work ?? null, isMoving: paths !== null && existsSync(paths.publishJournal) }
  const known = { repository, config, diagnostics, workstreams, ...state, seats, environment }
  return doctor(await gatherFacts(known), leftovers)
}

/** Refuses a run that cannot go well; tells warnings otherwise. Throws the first finding, with all of them as details. */
export async function preflight({ repo, config }: Session, plan: Plan, { json }: { json: boolean }): Promise<void> {
  const { diagnostics, workstreams } = plan
  const repository = { kind: 'open', repo } as const
  const document = await examineKnown({ repository, config, diagnostics, workstreams: workstreams.length }, null)
  const refusal = refusalOf(document)
  if (refusal !== null) throw refusal
  if (json) return
  const style = terminal.errStyle()
  for (const { id, status, message, fix } of document.checks) {
    if (status !== 'warn') continue
    terminal.err(
      `${paint(style, 'yellow', `warning: ${id}: ${neutralise(message)}`)}${fix === null ? '' : ` (${fix})`}\n`,
    )
  }
}
