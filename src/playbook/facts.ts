/**
 * What the checks before a run look at, gathered in one go. Looking changes nothing: a dry run asks the same, and may
 * not leave a byte behind. Judging is the business of `checks/`, which sees these facts and nothing else.
 */
import { constants, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { INDEX_LOCKED } from '../git/checkout.ts'
import { git } from '../git/git.ts'
import { landingPerson, readUserIdentity } from '../git/identity.ts'
import { listRefs, readRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import { readSigning, type Signing } from '../git/signing.ts'
import { readTarget } from '../git/target.ts'
import type { Config } from '../model/config.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import type { Failure } from '../model/failure.ts'
import { cgroupBase } from '../process/cgroup.ts'
import { freeDiskBytes, memoryBytes, nearestFolder, openFilesMax, type MemoryBytes } from '../process/machine.ts'
import { findProgram, SYSTEM_PATH } from '../process/program.ts'
import { sandboxHere, type SandboxProbe } from '../process/sandbox-probe.ts'
import { type ShimChoice, shimHere } from '../process/shim-choice.ts'
import { SYSTEM, type System } from '../process/system.ts'
import { asksModel } from '../tools/abilities.ts'
import { describeTools, type ToolRow } from '../tools/registry.ts'
import { programVersion } from '../tools/version.ts'
import { readGatePrograms, type GateProgram } from './gate-programs.ts'

/** Programs without which there is no supervision; what makes it better is said by `shim`. */
const PROGRAMS: Readonly<Record<System, readonly string[]>> = {
  proc: ['sh'],
  ps: ['sh', 'ps'],
  windows: ['sh', 'powershell.exe', 'taskkill.exe'],
}

export interface RepositoryFacts {
  root: string
  head: Repository['head']
  tip: string | null
  /** An operation in progress in a checkout of the target, in words. */
  operation: string | null
  /** Short names of all branches. */
  branches: string[]
  /** Tracked files with changes in the checkout that we were called in. */
  changes: number
  /** Places that must be writable and are not, each with the reason. */
  unwritable: string[]
  /** What of its contents is not simply in its objects. */
  elsewhere: ('partial clone' | 'git-lfs' | 'submodules')[]
  signing: Signing
}

export interface Facts {
  /** As `process.versions.node`. */
  nodeVersion: string
  /** null: there is no git. */
  gitVersion: string | null
  missingPrograms: string[]
  /** By what processes are seen and ended here. */
  system: System
  shim: ShimChoice
  repository: { kind: 'found'; facts: RepositoryFacts } | { kind: 'refused'; failure: Failure }
  /** null: it cannot be read, and the diagnostics say why. */
  config: Config | null
  diagnostics: readonly Diagnostic[]
  workstreams: number
  gatePrograms: GateProgram[]
  /** In the order of `tools.order`; a `reason` says why a run cannot use it. */
  tools: (Pick<ToolRow, 'id' | 'reason'> & { asksModel: boolean })[]
  /** null: none is wanted. */
  sandbox: SandboxProbe | null
  /** Whether the kernel keeps a list of the processes of each tool: a control group. */
  hasGroups: boolean
  /** Whether the kernel can be told how much memory a tool may use. */
  limitsMemory: boolean
  disks: { what: string; path: string; freeBytes: number }[]
  memory: MemoryBytes
  openFilesMax: number | null
  seats: number
}

/** What the command knows already. */
export interface Known {
  repository: { kind: 'open'; repo: Repository } | { kind: 'refused'; failure: Failure }
  config: Config | null
  /** Of the configuration and of the plan. */
  diagnostics: readonly Diagnostic[]
  workstreams: number
  /** Where the slots are to be; null without a configuration. */
  work: string | null
  /** A move of the target's checkout was journaled and has not come to its end: the lock is its own, and a start completes it. */
  isMoving: boolean
  seats: number
  environment: Readonly<Record<string, string | undefined>>
}

export async function gatherFacts(known: Known): Promise<Facts> {
  const { repository, config, diagnostics, workstreams, seats, environment } = known
  const path = environment['PATH']
  const gitPath = findProgram('git', path, '/')
  const repo = repository.kind === 'open' ? repository.repo : null
  const [gitVersion, facts, tools, gatePrograms, disks] = await Promise.all([
    gitPath === null ? null : programVersion(gitPath, environment),
    repo === null ? null : repositoryFacts(repo, config?.target ?? null, known),
    repo === null || config === null ? [] : orderedTools(config, repo.root, environment),
    repo === null || config === null ? [] : readGatePrograms(repo, config, path),
    diskFacts(repo, known.work),
  ])
  return {
    nodeVersion: process.versions.node,
    gitVersion,
    missingPrograms: PROGRAMS[SYSTEM].filter((name) => findProgram(name, `${path ?? ''}:${SYSTEM_PATH}`, '/') === null),
    system: SYSTEM,
    shim: shimHere(),
    repository:
      repository.kind === 'open' ? { kind: 'found', facts: facts! } : { kind: 'refused', failure: repository.failure },
    config,
    diagnostics,
    workstreams,
    gatePrograms,
    tools,
    sandbox: config === null || config.sandbox === 'off' ? null : sandboxHere(config.sandbox),
    hasGroups: cgroupBase() !== null,
    limitsMemory: cgroupBase()?.limitsMemory ?? false,
    disks,
    memory: memoryBytes(),
    openFilesMax: openFilesMax(),
    seats,
  }
}

async function repositoryFacts(repo: Repository, target: string | null, known: Known): Promise<RepositoryFacts> {
  const [refs, tip, held, changes, unwritable, signing] = await Promise.all([
    listRefs(repo, 'refs/heads'),
    target === null ? null : readRef(repo, `refs/heads/${target}`),
    target === null ? null : readTarget(repo, target),
    changedFiles(repo),
    unwritablePlaces(repo, known.work),
    readUserIdentity(repo).then((user) => readSigning(repo, landingPerson(user))),
  ])
  const branches = refs.map(({ ref }) => ref.slice('refs/heads/'.length))
  const elsewhere = contentsElsewhere(repo)
  const inProgress = held?.operation ?? null
  const operation = known.isMoving && inProgress === INDEX_LOCKED ? null : inProgress
  return { root: repo.root, head: repo.head, tip, operation, branches, changes, unwritable, elsewhere, signing }
}

/** The user's own configuration counts here: with his line ends and filters a file is changed or not. */
async function changedFiles(repo: Repository): Promise<number> {
  const args = ['status', '--porcelain', '-z', '--untracked-files=no', '--ignore-submodules=all', '--no-renames']
  const { stdout } = await git(args, { gitDir: repo.worktreeGitDir, workTree: repo.root, config: 'user' })
  return stdout.split('\0').filter((entry) => entry !== '').length
}

async function unwritablePlaces(repo: Repository, work: string | null): Promise<string[]> {
  const state = join(repo.stateRoot, '.sluice')
  const isInTheWay = lstatSync(state, { throwIfNoEntry: false })?.isDirectory() === false
  const places = [repo.gitDir, ...(isInTheWay ? [] : [state]), ...(work === null ? [] : [work])]
  const found = isInTheWay ? [`${state} is not a folder`] : []
  for (const path of new Set(places.map(nearestFolder))) {
    const problem = await access(path, constants.W_OK | constants.X_OK).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code ?? 'cannot be written',
    )
    if (problem !== null) found.push(`${path} (${problem})`)
  }
  return found
}

/** Told by the files that each of them leaves, without a process. */
function contentsElsewhere({ root, objects }: Repository): RepositoryFacts['elsewhere'] {
  const packs = existsSync(join(objects, 'pack')) ? readdirSync(join(objects, 'pack')) : []
  const attributes = join(root, '.gitattributes')
  const found: RepositoryFacts['elsewhere'] = []
  if (packs.some((name) => name.endsWith('.promisor'))) found.push('partial clone')
  if (existsSync(attributes) && readFileSync(attributes, 'utf8').includes('filter=lfs')) found.push('git-lfs')
  if (existsSync(join(root, '.gitmodules'))) found.push('submodules')
  return found
}

async function orderedTools(config: Config, root: string, environment: Known['environment']): Promise<Facts['tools']> {
  const rows = new Map(
    (await describeTools(config, { root, environment, versions: false })).map((row) => [row.id, row]),
  )
  return config.tools.order.map((id) => {
    const row = rows.get(id)
    return { id, reason: row?.reason ?? null, asksModel: row !== undefined && asksModel(row) }
  })
}

async function diskFacts(repo: Repository | null, work: string | null): Promise<Facts['disks']> {
  const places = [
    ...(repo === null ? [] : [{ what: 'the repository', path: repo.stateRoot }]),
    ...(work === null ? [] : [{ what: 'the slots', path: nearestFolder(work) }]),
  ]
  return await Promise.all(places.map(async (place) => ({ ...place, freeBytes: await freeDiskBytes(place.path) })))
}
