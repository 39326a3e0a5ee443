/** `tools test`: a tool at a tiny task, with a verdict, in a place that is gone afterwards. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planned, type PlanOptions } from '../kit/plan.ts'

const GOOD = `#!/bin/sh\necho 'hello from sluice' > greeting.txt\n`

const tools: PlanOptions = {
  config: {
    tools: {
      order: ['good', 'manual'],
      good: { command: ['./good.sh', '{prompt_file}'] },
      wrong: { command: ['sh', '-c', 'echo something else > greeting.txt'] },
      shut: { command: ['sh', '-c', 'echo "Error: invalid api key sk-ant-REDACTED" && exit 1'] },
      absent: { command: ['no-such-agent'] },
    },
  },
  files: { 'good.sh': GOOD },
}

describe.concurrent('tools test', () => {
  it('says that a tool works, how long it took, and leaves nothing', async () => {
    await using repo = await planned(tools)
    const before = await repo.git(['for-each-ref'])
    const { exit, stdout } = await repo.sluice('tools', 'test', 'good')
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: expect.stringMatching(/^good works \([\d.]+ m?s\)\n$/) })
    const json = JSON.parse((await repo.sluice('tools', 'test', 'good', '--json')).stdout)
    expect(json).toMatchObject({ schema: 'sluice.tool-test/1', tool: 'good', works: true, outcome: { kind: 'ok' } })
    expect(readdirSync(repo.tmp)).toEqual([])
    expect(readdirSync(repo.state)).toEqual([])
    expect(await repo.git(['for-each-ref'])).toBe(before)
    expect(await repo.git(['status', '--porcelain'])).toBe('')
  })

  it('says why one does not, with the code that explains it, and without a key', async () => {
    await using repo = await planned(tools)
    const wrong = await repo.sluice('tools', 'test', 'wrong')
    expect(wrong.exit).toBe(1)
    expect(wrong.stdout).toMatch(/^wrong does not work: E204 greeting\.txt does not hold what was asked for/)
    const shut = await repo.sluice('tools', 'test', 'shut')
    expect(shut).toMatchObject({
      exit: 1,
      stdout: expect.stringMatching(/E107 .*\n {2}next {4}sluice explain E107\n$/),
    })
    expect(shut.stdout).not.toContain('sk-ant')
    expect(readdirSync(repo.tmp)).toEqual([])
  })

  it('cannot try what is not there', async () => {
    await using repo = await planned(tools)
    expect(await repo.sluice('tools', 'test', 'absent')).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining('E106'),
    })
    expect(await repo.sluice('tools', 'test', 'god')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('did you mean `good`?'),
    })
    expect((await repo.sluice('tools', 'test', 'manual')).exit).toBe(2)
  })
})
