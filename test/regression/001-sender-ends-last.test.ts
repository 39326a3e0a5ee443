/**
 * A pack is complete when its last object has arrived: the receiver then ends, and on a busy machine the sender ends
 * after it. That was taken for a broken pipe, the sender was killed, and sound work looked damaged.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { findProgram } from '../../src/process/program.ts'
import { room } from '../git/room.ts'

const PATH = process.env['PATH']!

afterEach(() => {
  process.env['PATH'] = PATH
})

it('a sender that ends after its receiver has done its work', async () => {
  await using r = await room()
  // Only what is large goes through a pipe.
  await writeFile(join(r.slot.worktree, 'new.bin'), randomBytes(512 * 1024))
  const tip = await r.at.commit('work', r.slot.worktree)
  // A git whose pack-objects closes its output when unpack-objects has come to its end, and lives on for a moment.
  const [git, folder] = [findProgram('git', PATH, '/')!, join(r.at.dir, 'bin')]
  await mkdir(folder)
  execFileSync('mkfifo', [join(folder, 'over')])
  const script = `#!/bin/sh
case " $* " in
*' pack-objects '*) ${git} "$@"; exit=$?; read x < ${folder}/over; exec >&-; sleep 1; exit $exit ;;
*' unpack-objects '*) ${git} "$@"; exit=$?; (while kill -0 $$; do sleep 0.02; done; echo over > ${folder}/over) >/dev/null 2>&1 </dev/null & exit $exit ;;
*) exec ${git} "$@" ;;
esac
`
  await writeFile(join(folder, 'git'), script)
  await chmod(join(folder, 'git'), 0o755)
  process.env['PATH'] = `${folder}:${PATH}`
  expect(await r.take()).toMatchObject({ kind: 'work', tip, reports: [] })
})
