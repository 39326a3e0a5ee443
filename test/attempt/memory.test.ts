/** Faults 16 and 17: who was killed for lack of memory is told, though the tool says nothing of it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Job, runAttempt } from '../../src/attempt/attempt.ts'
import { blameMemory } from '../../src/attempt/memory.ts'
import type { Settled } from '../../src/attempt/settle.ts'
import type { Outcome } from '../../src/model/attempt.ts'
import { killsForMemory } from '../../src/process/out-of-memory.ts'
import { assertKind } from '../git/room.ts'
import { go, type Workshop, workshop } from './room.ts'

/** An attempt during which the kernel kills somebody: its counter is one further than the attempt was told at its start. */
async function starved(w: Workshop, script: string, number: number): Promise<Settled> {
  const held = w.fifo(`go-${number}`)
  const job = w.job(`read x < ${held}; ${script}`, {}, { number })
  const spec = join(job.dir, 'spec.json')
  const launched = async (): Promise<void> => {
    const text = await readFile(spec, 'utf8')
    // A real kill would be seen by every other test that runs now, too.
    await writeFile(
      spec,
      text.replace(/"killsForMemory": (\d+)/, (_, kills) => `"killsForMemory": ${Number(kills) - 1}`),
    )
    await go(held)
  }
  return await settled({ ...job, launched })
}

async function settled(job: Job): Promise<Settled> {
  const end = await runAttempt(job, new AbortController().signal)
  assertKind(end, 'settled')
  return end
}

const isTold = killsForMemory() !== null
const untold = isTold ? '' : ' (skipped: this kernel does not count whom it kills)'

describe.skipIf(!isTold)(`fault 16: a grandchild that the kernel killed for lack of memory${untold}`, () => {
  it('is flagged when the tool exits with 0, and explains an end without a change or with an error', async () => {
    await using w = await workshop()
    expect(await starved(w, 'echo half > work; exit 0', 1)).toMatchObject({
      outcome: { kind: 'ok' },
      changed: ['work'],
      warnings: [{ code: 'E301', message: 'the system killed a process for lack of memory meanwhile' }],
    })
    for (const [number, exit] of [
      [2, 0],
      [3, 7],
    ] as const) {
      const { outcome } = await starved(w, `exit ${exit}`, number)
      expect(outcome).toMatchObject({ kind: 'out-of-memory', code: 'E301' })
    }
  })
})

describe('fault 17: a Node whose heap is full', () => {
  it('is out of memory, not a crash, though its stack comes after the words', async () => {
    await using w = await workshop()
    const grow = 'const all = []; for (;;) all.push(new Array(1000).fill(1.5))'
    const { outcome } = await settled(w.job(`ulimit -c 0; '${process.execPath}' --max-old-space-size=20 -e '${grow}'`))
    expect(outcome).toMatchObject({ kind: 'out-of-memory', code: 'E301' })
  })
})

describe('the lack of memory', () => {
  const outcome = (kind: Outcome['kind'], code: Outcome['code'] = null): Outcome => ({
    kind,
    code,
    message: 'so it ended',
  })

  it.each(['timeout', 'cancelled', 'hang', 'quota', 'auth', 'refusal'] as const)('does not explain %s', (kind) => {
    expect(blameMemory(outcome(kind), true)).toEqual({ outcome: outcome(kind), warnings: [] })
  })

  it('explains nothing when there was enough', () => {
    expect(blameMemory(outcome('crash', 'E201'), false)).toEqual({ outcome: outcome('crash', 'E201'), warnings: [] })
  })
})
