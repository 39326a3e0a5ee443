import { randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { carriesNonce, processRow } from '../../src/process/table.ts'
import { scene } from './scene.ts'

describe('the nonce of a process', () => {
  it('is seen while the process changes from one program to the next', async () => {
    await using s = await scene()
    writeFileSync(s.at('again.sh'), '#!/bin/sh\n: > up\nexec "$0"\n', { mode: 0o755 })
    const child = spawn(s.at('again.sh'), { cwd: s.dir, env: { SLUICE_NONCE: s.nonce }, stdio: 'ignore' })
    const end = once(child, 'exit')
    await s.reached('up')
    const row = processRow(child.pid!)!
    // Without a second look a few in a hundred would see nothing.
    for (let i = 0; i < 2000; i++) expect(carriesNonce(row, s.nonce)).toBe(true)
    expect(carriesNonce(row, randomUUID())).toBe(false)
    child.kill('SIGKILL')
    await end
    expect(carriesNonce(row, s.nonce)).toBe(false)
  })
})
