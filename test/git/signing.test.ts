/** Signing with the user's own key: asked before a run, done with each landing, never left out without a word. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { readSigning } from '../../src/git/signing.ts'
import { planned } from '../kit/plan.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { PERSON } from './room.ts'

/** `commit.gpgSign` with an SSH key, which needs no agent. */
async function wantSignatures(at: Scratch): Promise<void> {
  const key = join(at.dir, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key])
  await at.git(['config', 'gpg.format', 'ssh'])
  await at.git(['config', 'user.signingKey', key])
  await at.git(['config', 'commit.gpgSign', 'true'])
}

describe.concurrent('commit.gpgSign', () => {
  it('is off, works or fails, as a commit in a folder of its own tells; the repository gets no object', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const objects = (): Promise<string> => at.git(['count-objects'])
    const before = await objects()
    expect(await readSigning(repo, PERSON)).toEqual({ kind: 'off' })
    await wantSignatures(at)
    expect(await readSigning(repo, PERSON)).toEqual({ kind: 'works' })
    await at.git(['config', 'user.signingKey', join(at.dir, 'no-such-key')])
    expect(await readSigning(repo, PERSON)).toMatchObject({
      kind: 'fails',
      reason: expect.stringContaining('no-such-key'),
    })
    await at.git(['config', 'commit.gpgSign', 'false'])
    expect(await readSigning(repo, PERSON)).toEqual({ kind: 'off' })
    expect(await objects()).toBe(before)
  })

  it('with a key that works: landings are signed with it, the work of tools is not', async () => {
    await using repo = await planned()
    await wantSignatures(repo)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['cat-file', 'commit', 'main'])).toContain('gpgsig -----BEGIN SSH SIGNATURE-----')
    expect(await repo.git(['cat-file', 'commit', 'refs/sluice/wip/a/1'])).not.toContain('gpgsig')
  })

  it('without one: the run holds with a clear question (exit 5), and nothing lands unsigned', async () => {
    await using repo = await planned()
    await wantSignatures(repo)
    await repo.git(['config', 'user.signingKey', join(repo.dir, 'no-such-key')])
    const { exit, stderr } = await repo.sluice('run')
    expect(exit).toBe(5)
    expect(stderr).toMatch(/^E105 .*commit\.gpgSign is on.*no-such-key[^]*git config user\.signingKey/)
    expect(await repo.landed()).toEqual([])
    expect(repo.has('.sluice')).toBe(false)
  })
})
