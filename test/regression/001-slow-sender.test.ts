/**
 * Sound work looked damaged, and its history was lost, when the git that sends it lingered after its last byte while
 * the git that receives it had ended already: on a busy machine that happens by itself.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { assertKind, room } from '../git/room.ts'

it('a sender that outlives its receiver is no damage', async () => {
  await using r = await room()
  await r.write('one.txt', 'one\n')
  const one = await r.at.commit('one', r.slot.worktree)
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
  const bin = join(r.at.dir, 'bin')
  await mkdir(bin)
  // It has sent everything, closes its end of the pipe after that, as pack-objects does, and then still has to tidy up.
  const lingers = `#!/bin/sh\n${real} "$@" || exit $?\ncase " $* " in *" pack-objects "*) sleep 0.2; exec >&-; sleep 0.2;; esac\n`
  await writeFile(join(bin, 'git'), lingers)
  await chmod(join(bin, 'git'), 0o755)
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`)
  try {
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken).toMatchObject({ tip: one, reports: [] })
  } finally {
    vi.unstubAllEnvs()
  }
})
