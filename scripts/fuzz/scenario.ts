/** What a scenario of the crash fuzz is, and the pieces that they are made of: a repository, people's commits, people's acts. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cue } from './cues.ts'
import type { Stage } from './stage.ts'

/** The gate: no file may say that it is broken. It says in its log which processes it can see. */
export const GATE = 'echo "gated in $(readlink /proc/self/ns/pid)"; ! grep -rqs "is broken" --include=*.txt .'

/** What is known of a prepared stage, for the checker. */
export interface Prepared {
  /** The target's commit before anything landed. */
  base: string
  /** A commit of a person's that is on the target by now. */
  person: string | null
  /** By workstream, the commit that was handed in. */
  works: Readonly<Record<string, string>>
}

/** A command of the user's. */
export interface Step {
  /** `sluice` stands before it; of a person who looks first at what there is, it is asked anew in each case. */
  command: readonly string[] | ((stage: Stage) => Promise<readonly string[]>)
  /** How it must end, killed or not. */
  exit: number
  /** How it may end besides for whoever asks again after a kill: what was asked for is done already. */
  again?: readonly number[]
}

export interface Scenario {
  name: string
  /** One after the other; each is asked again after a kill until it has ended. */
  steps: readonly Step[]
  /** What else the user runs between a kill and that, however it ends. */
  between: readonly string[] | null
  /** The state in which each workstream must end, in order of names. */
  ends: Readonly<Record<string, string>>
  /** Attempts that it takes, undisturbed; and reverts that are on the target then. */
  attempts: number
  reverts: number
  prepare(stage: Stage): Promise<Prepared>
  /** What tools wait for. */
  cues: readonly Cue[]
  /** Its configuration asks for the sandbox. */
  isBoxed: boolean
  /**
   * What people may do meanwhile, one script each, and before which effects that is worth trying (`during ...`: when it was
   * set off).
   */
  acts: readonly Act[]
  /** Moments at which it is killed; null: all. */
  kills: RegExp | null
  /** A start waits here for what a kill has left at work: how long that takes says nothing about recovery. */
  waits: boolean
}

export interface Act {
  name: string
  on: readonly string[]
  script: (stage: Stage) => string
}

/** A file that only people add in these scenarios. */
export const PERSON_FILE = 'person.txt'

/** By path; null removes it. */
export type Files = Readonly<Record<string, string | null>>

export const RUN = ['run', '--json', '--no-input']

/** The bare repository that `origin` names. */
export function remoteOf({ dir }: Pick<Stage, 'dir'>): string {
  return join(dir, 'remote.git')
}

/** Its file of commits that people have put on the target. */
export function peopleFile({ dir }: Pick<Stage, 'dir'>): string {
  return join(dir, 'people')
}

/** A repository with these files in its first commit, which is given. */
export async function firstCommit(stage: Stage, files: Files): Promise<string> {
  await stage.git('init', '-q', '-b', 'main', '--template=')
  await stage.git('config', 'gc.auto', '0')
  writeFiles(stage.repo, files)
  await stage.git('add', '-A')
  await stage.git('commit', '-q', '-m', 'first')
  return await stage.git('rev-parse', 'HEAD')
}

/** A commit with these files on top of `onto`, that no ref holds and no checkout has seen. */
export async function commitOf(stage: Stage, onto: string, files: Files): Promise<string> {
  const aside = join(stage.dir, 'aside')
  await stage.git('clone', '-q', '-n', stage.repo, aside)
  await stage.git('-C', aside, 'checkout', '-q', '--detach', onto)
  writeFiles(aside, files)
  await stage.git('-C', aside, 'add', '-A')
  await stage.git('-C', aside, 'commit', '-q', '-m', 'work')
  const commit = await stage.git('-C', aside, 'rev-parse', 'HEAD')
  await stage.git('fetch', '-q', '--no-write-fetch-head', aside, commit)
  rmSync(aside, { recursive: true, force: true })
  return commit
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    if (text === null) rmSync(file)
    else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
}
