/**
 * Does the gate exist? Each gate command whose first word is plainly a program is looked up where the gate will run:
 * on PATH, or in the target's own tree. A gate that can never pass is better refused now than blamed on every landing.
 */
import { posix } from 'node:path'
import { git } from '../git/git.ts'
import type { Repository } from '../git/repository.ts'
import type { Config } from '../model/config.ts'
import { findProgram } from '../process/program.ts'

export interface GateProgram {
  /** The command as written. */
  command: string
  word: string
  state: 'found' | 'missing' | 'not-executable'
  /** It may still be made by `workspace.setup`. */
  mayAppear: boolean
}

/** Words of the shell itself (POSIX): what follows them is not looked into. */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    '. : ! { } alias bg break case cd command continue do done elif else esac eval exec exit export false fi for getopts ' +
    'hash if jobs kill local printf pwd read readonly return set shift test then times trap true type ulimit umask ' +
    'unalias unset until wait while echo'
  ).split(' '),
)

/** The program that a command begins with, or null when that takes a shell to tell. */
export function plainProgram(command: string): string | null {
  const word = command.trim().split(/\s/)[0]!
  return /^[A-Za-z0-9_./+@%-]+$/.test(word) && !SHELL_WORDS.has(word) ? word : null
}

export async function readGatePrograms(
  repo: Repository,
  config: Config,
  path: string | undefined,
): Promise<GateProgram[]> {
  const found: GateProgram[] = []
  for (const { run } of config.gate ?? []) {
    const word = plainProgram(run)
    if (word === null) continue
    const isInTree = word.includes('/') && !word.startsWith('/')
    const mayAppear = isInTree && config.workspace.setup !== null
    const state = isInTree ? await stateInTree(repo, config.target, word) : stateOnPath(word, path)
    found.push({ command: run, word, state, mayAppear })
  }
  return found
}

function stateOnPath(word: string, path: string | undefined): GateProgram['state'] {
  return findProgram(word, path, '/') === null ? 'missing' : 'found'
}

/** In the commit, because the gate runs on a clean checkout of it and not in anybody's working folder. */
async function stateInTree(repo: Repository, target: string, word: string): Promise<GateProgram['state']> {
  const path = posix.normalize(word)
  const args = ['ls-tree', '-z', '--full-tree', `refs/heads/${target}`, '--', path]
  const { stdout } = await git(args, { gitDir: repo.gitDir, exits: [0, 128] })
  const mode = stdout.split(' ')[0]
  if (mode === '100755' || mode === '120000') return 'found'
  return mode === '100644' ? 'not-executable' : 'missing'
}
