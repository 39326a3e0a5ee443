/** `sluice tools force|forbid|allow`, and the same words for `run`: what can be said, and who hears of it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'

const options = {
  config: {
    tools: {
      order: ['demo', 'writer', 'ghost'],
      demo: { script: '../script.json' },
      writer: { command: ['sh', '-c', 'echo "by writer" > $SLUICE_WORKSTREAM.txt'] },
      ghost: { command: ['no-such-program'] },
    },
  },
  workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }],
  script: { a: [...held('a'), { write: { path: 'a.txt', text: 'by demo\n' } }] },
}

describe.concurrent('a word about a tool', () => {
  it('beside a live run counts for what begins after it, and is in the log of fallbacks', async () => {
    await using repo = await planned(options)
    const run = repo.start('run')
    await repo.reached('a-began')
    const said = await repo.sluice('tools', 'forbid', 'demo')
    expect(said).toMatchObject({ exit: 0, stderr: '' })
    expect(said.stdout).toContain('nobody begins with demo from now on; a goes on with it')
    expect((await repo.sluice('tools')).stdout).toContain('forbidden in this run: sluice tools allow demo')
    expect(await repo.sluice('retry', 'b', '--tool', 'demo')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('E103 demo is forbidden in this run: `sluice tools allow demo` first'),
    })
    expect(await repo.sluice('tools', 'forbid', 'writer')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('E106 writer is the last tool that is left'),
    })
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by demo')
    expect(await repo.git(['show', 'main:b.txt'])).toBe('by writer')
    const log = await readFile(join(repo.root, '.sluice/logs/tool_fallback.log'), 'utf8')
    expect(log).toMatch(/ INFO {4}run tool=demo state=forbidden by=person #/)
  })

  it('is given with `run` too, and known to a dry run', async () => {
    await using repo = await planned({ ...options, script: {} })
    const dry = JSON.parse((await repo.sluice('run', '--dry-run', '--tool', 'writer', '--json')).stdout)
    expect(dry).toMatchObject({ would: [{ workstream: 'a', tool: 'writer' }, { tool: 'writer' }] })
    expect((await repo.sluice('run', '--forbid', 'demo')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by writer')
    const { tools } = JSON.parse((await repo.sluice('tools', '--json')).stdout) as {
      tools: { id: string; rule: unknown }[]
    }
    expect(tools.filter(({ rule }) => rule !== null)).toMatchObject([{ id: 'demo', rule: 'forbid' }])
  })

  it.each([
    [['--tool', 'writr'], 2, 'E103 there is no tool writr in tools.order'],
    [['--tool', 'ghost'], 1, 'E106 ghost is not present'],
    [['--forbid', 'demo', '--forbid', 'writer'], 1, 'E106 writer is the last tool that is left'],
  ] as const)('run %j is refused before anything begins', async (words, exit, message) => {
    await using repo = await planned(options)
    expect(await repo.sluice('run', ...words)).toMatchObject({ exit, stderr: expect.stringContaining(message) })
    expect((await repo.sluice('status')).stdout).toContain('nothing has run here yet')
  })
})
