/** Fault 23: a tool that writes without end does not fill the disk, and what it wrote last can be read. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { capOutput, cutOutput } from '../../src/process/output-cap.ts'

const MIB = 1024 ** 2

it('a log bomb is cut to its end while it goes on, and the end is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cap-'))
  try {
    const file = join(folder, 'out.log')
    const cap = capOutput(file, 4 * MIB, 5)
    // As a tool has it: a file to append to, its own.
    const bomb = spawn('sh', ['-c', 'yes "an error that repeats" | head -c 200000000; echo the end'], {
      stdio: ['ignore', openSync(file, 'a'), 'ignore'],
    })
    const sizes: number[] = []
    const look = setInterval(() => sizes.push(statSync(file).size), 5)
    expect(await once(bomb, 'exit')).toEqual([0, null])
    clearInterval(look)
    cap[Symbol.dispose]()
    const text = readFileSync(file, 'utf8')
    expect(text.length).toBeLessThanOrEqual(4 * MIB)
    expect(text).toMatch(/\[sluice: the log was cut here; \d+ bytes before this are gone\]\n/)
    expect(text).toContain('the end\n')
    expect(Math.min(...sizes.slice(-3))).toBeLessThan(200_000_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('leaves a file alone that is not too large, and one that is not there', () => {
  expect(() => cutOutput('/nonexistent/out.log', 1)).not.toThrow()
})
