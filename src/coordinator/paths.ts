/** Where a repository's state lives: small things in its `.sluice/`, slots outside it. */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Repository } from '../git/repository.ts'
import type { Config } from '../model/config.ts'

export interface Paths {
  /** `.sluice/` of the repository. */
  state: string
  store: string
  lock: string
  /** Touched by commands to wake the coordinator. */
  wake: string
  /** There while a checked-out target is being moved. */
  publishJournal: string
  /** Tokens of attempts, and where their proxy is. */
  keys: string
  logs: string
  /** Slots of agents and gates, outside the repository: tools walk up and down trees. */
  work: string
}

export function pathsOf(repo: Repository, config: Config): Paths {
  const state = join(repo.stateRoot, '.sluice')
  return {
    state,
    store: join(state, 'sluice.db'),
    lock: join(state, 'lock'),
    wake: join(state, 'wake'),
    publishJournal: join(state, 'publish.json'),
    keys: join(state, 'keys'),
    logs: resolve(repo.root, config.paths.logs),
    work: config.paths.work === null ? defaultWork(repo) : resolve(repo.root, config.paths.work),
  }
}

/** One folder per repository: its name to recognise it, a digest of its path to tell two of that name apart. */
function defaultWork(repo: Repository): string {
  const home = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  const digest = createHash('sha256').update(repo.gitDir).digest('hex').slice(0, 8)
  return join(home, 'sluice', `${basename(repo.stateRoot)}-${digest}`)
}

export function attemptDir(paths: Paths, run: string, workstream: string, attempt: number): string {
  return join(paths.state, 'runs', run, 'attempts', `${workstream}.${attempt}`)
}

export function gateLog(paths: Paths, run: string, name: string): string {
  return join(paths.state, 'runs', run, 'gates', `${name}.log`)
}
