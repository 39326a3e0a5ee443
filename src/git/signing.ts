/**
 * Does the user want commits to be signed, and can that be done without asking anybody? Tried for once with their own
 * configuration and key, in a folder of its own: nothing is written into the repository. A landing is signed or not made.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GitError, git, records } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'

/** Any that git takes: nobody sees this commit. */
const DATE = 1_000_000_000

export type Signing = { kind: 'off' } | { kind: 'works' } | { kind: 'fails'; reason: string }

/** One process while `commit.gpgSign` is off, which it mostly is. */
export async function readSigning(
  repo: Pick<Repository, 'gitDir' | 'objects' | 'objectFormat'>,
  committer: Person,
): Promise<Signing> {
  if (!(await isWanted(repo))) return { kind: 'off' }
  const folder = await mkdtemp(join(tmpdir(), 'sluice-signing-'))
  try {
    // The empty tree is known to git without being stored.
    const tree = createHash(repo.objectFormat).update('tree 0\0').digest('hex')
    const commit = {
      tree,
      parents: [],
      message: 'Can it be signed?\n',
      author: committer,
      committer,
      dateSeconds: DATE,
    }
    await commitTree(repo, { ...commit, sign: true, objects: folder })
    return { kind: 'works' }
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return {
      kind: 'fails',
      reason:
        error.stderr
          .trim()
          .split('\n')
          .at(-1)!
          .replace(/^(error|fatal): /, '') || 'it took too long',
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What their files say. Our own environment says no to every git that we start, and comes last. */
async function isWanted(repo: Pick<Repository, 'gitDir'>): Promise<boolean> {
  const args = ['config', '--type=bool', '--show-scope', '-z', '--get-all', 'commit.gpgSign']
  const { stdout } = await git(args, { gitDir: repo.gitDir, config: 'user', exits: [0, 1, 128] })
  const fields = records(stdout)
  const values = fields.filter((_, index) => index % 2 === 1 && fields[index - 1] !== 'command')
  return values.at(-1) === 'true'
}
