/**
 * What agents leave behind, and the right answer: what takes a whole run to see. The gate, the person beside it, and
 * who else is at work. The rest is in `test/landing/left-behind*.test.ts`.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { straysOf } from '../kit/traces.ts'

const write = (path: string, text: string): Record<string, unknown> => ({ write: { path, text } })

const MANUAL = { tools: { order: ['manual'] } }

describe.concurrent('an empty or contained branch', () => {
  it('is a no-op that lands once: nothing to do as allowed, and a person who hands in what is there', async () => {
    await using repo = await planned({
      config: { tools: { order: ['demo', 'manual'], demo: { script: '../script.json' } } },
      workstreams: [
        { id: 'a', allow_empty: true },
        { id: 'm', tool: 'manual' },
      ],
      script: { a: [{ say: 'nothing to do' }] },
    })
    expect((await repo.sluice('run')).exit).toBe(3)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.sluice('submit', 'm', '--ref', 'main')).toMatchObject({ exit: 0 })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'm'])
    expect(await repo.git(['diff', '--stat', 'main~2', 'main'])).toBe('')
  })
})

describe.concurrent('a gate', () => {
  it('that writes files: its verdict does not count, and the target stays', async () => {
    await using repo = await planned({
      files: { 'gate.sh': '#!/bin/sh\n[ ! -e a.txt ] || echo more >> a.txt\n' },
      config: { gate: ['./gate.sh'] },
    })
    const before = await repo.git(['rev-parse', 'main'])
    expect((await repo.sluice('run')).exit).toBe(1)
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    const { attempts } = await repo.report()
    expect(attempts[0]).toMatchObject({ outcome: 'red', code: 'E501' })
    expect(await repo.git(['show', 'refs/sluice/wip/a/1:a.txt'])).toBe('by a')
  })

  it('that leaves processes: they are killed, and what it leaves beside the tree does not land', async () => {
    const gate = `#!/bin/sh
echo x > left.txt
mkfifo up 2>/dev/null; (setsid sh -c 'echo $$ >{marks}/left; echo > up; exec sleep 1000' </dev/null >/dev/null 2>&1 &)
read x < up; rm up
`
    await using repo = await planned({ files: { 'gate.sh': gate }, config: { gate: ['./gate.sh'] } })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(repo.has(repo.mark('left'))).toBe(true)
    expect(straysOf(repo.dir)).toEqual([])
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('a.txt')
  })

  it('of the target decides, not one that the branch has edited: W508', async () => {
    await using repo = await planned({
      files: { 'gate.sh': '#!/bin/sh\n[ ! -e bad ]\n' },
      config: { gate: ['./gate.sh'] },
      workstreams: [
        { id: 'a', files_scope: ['bad', 'sluice.yaml'] },
        { id: 'b', files_scope: ['gate.sh', 'b.txt'] },
      ],
      script: {
        a: [write('bad', 'x\n'), { run: String.raw`sed -i 's/"\.\/gate\.sh"/"true"/' sluice.yaml` }],
        b: [write('b.txt', 'b\n'), { append: { path: 'gate.sh', text: '# more\n' } }],
      },
    })
    const run = repo.start('run')
    const warned = await run.event({ type: 'warning', workstream: 'a' })
    expect(warned).toMatchObject({
      failure: { code: 'W508', message: expect.stringContaining('the gate in sluice.yaml') },
    })
    const script = await run.event({ type: 'warning', workstream: 'b' })
    expect(script).toMatchObject({ failure: { code: 'W508', message: expect.stringContaining('gate.sh') } })
    expect((await run.ended).exit).toBe(4)
    expect(await repo.landed()).toEqual(['b'])
    expect((await repo.row('a')).state).toBe('failed')
    expect((await repo.row('b')).warnings).toMatchObject([{ code: 'W508' }])
    expect((await repo.sluice('explain', 'b')).stdout).toMatch(
      /look {4}attempt 1: W508 it changes .*gate\.sh: git diff \w+ \w+\n/,
    )
    const { warnings } = await repo.report()
    expect(warnings.map(({ code, workstream }) => `${code} ${workstream}`)).toEqual(
      expect.arrayContaining(['W508 a', 'W508 b']),
    )
    expect(await repo.git(['show', 'refs/sluice/wip/a/1:sluice.yaml'])).toContain('"true"')
  })

  it('edited by a person: whoever has to approve it is told, W508', async () => {
    await using repo = await planned({
      files: { 'gate.sh': '#!/bin/sh\n' },
      config: { ...MANUAL, gate: ['./gate.sh'], landing: { approve: ['a'] } },
      workstreams: [{ id: 'a' }],
    })
    expect((await repo.sluice('run')).exit).toBe(3)
    await repo.git(['switch', '-q', '-c', 'mine'])
    await repo.write('gate.sh', '#!/bin/sh\nexit 0\n')
    await repo.commit('mine')
    await repo.git(['switch', '-q', 'main'])
    expect(await repo.sluice('submit', 'a', '--ref', 'mine')).toMatchObject({ exit: 0 })
    expect((await repo.sluice('run')).exit).toBe(3)
    const shown = await repo.sluice('approve', 'a', '--show')
    expect(shown.stdout).toContain('  look      W508 it changes what it is judged by: gate.sh\n')
    expect((await repo.report()).warnings).toMatchObject([{ code: 'W508', workstream: 'a', attempt: 1 }])
  })
})

describe.concurrent('a target that a human has rewound', () => {
  it('freezes the next run and asks: E405', async () => {
    await using repo = await planned()
    await repo.sluice('run')
    const [landing] = (await repo.report()).landings
    await repo.git(['reset', '-q', '--hard', 'main~1'])
    const before = await repo.git(['rev-parse', 'main'])
    const asked = await repo.sluice('run')
    expect(asked).toMatchObject({ exit: 3, stderr: expect.stringMatching(/E405[^]*landing of a/) })
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    expect(await repo.exit(['merge-base', '--is-ancestor', 'refs/sluice/wip/a/1', landing!.commit])).toBe(0)
  })
})

describe.concurrent('two orchestrators', () => {
  it('the second one is refused by the lock while the first lands (exit 6)', async () => {
    await using repo = await planned({
      script: { a: [...held('a'), write('a.txt', 'a\n')] },
    })
    const run = repo.start('run')
    await repo.reached('a-began')
    expect((await repo.sluice('run')).exit).toBe(6)
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
  })
})

/** Hands in `ref` for `a`, which waits for it, and gives what was said. */
async function refused(repo: PlannedRepository, ref: string): Promise<string> {
  const { exit, stderr } = await repo.sluice('submit', 'a', '--ref', ref)
  expect(exit).toBe(1)
  expect((await repo.row('a')).state).toBe('waiting')
  return stderr
}

describe.concurrent('history', () => {
  it('that is unrelated is refused', async () => {
    await using repo = await planned({ config: MANUAL })
    await repo.sluice('run')
    const alone = await repo.git(['commit-tree', 'main^{tree}', '-m', 'alone'])
    expect(await refused(repo, alone)).toMatch(/^E204 .*no history in common with main[^]*base the work on main/)
  })

  it('that is cut off in a shallow clone is refused, with how to deepen it', async () => {
    await using repo = await planned({ config: MANUAL })
    const old = await repo.git(['commit-tree', 'main~1^{tree}', '-p', 'main~1', '-m', 'on an old commit'])
    await repo.sluice('run')
    await repo.write(join(repo.root, '.git', 'shallow'), `${await repo.git(['rev-parse', 'main'])}\n`)
    expect(await refused(repo, old)).toMatch(/^E204 .*no history in common[^]*git fetch --unshallow/)
  })
})

describe.concurrent('names', () => {
  it('like -x or with a newline: ids are refused at the door, and refs are told from options', async () => {
    await using repo = await planned({ config: MANUAL })
    await repo.sluice('run')
    for (const id of ['-x', '--', 'a\nb', 'a/../b']) {
      const { exit } = await repo.sluice('hold', '--', id)
      expect({ id, exit }).toEqual({ id, exit: 2 })
    }
    expect((await repo.sluice('submit', 'a', '--ref=-x')).stderr).toMatch(/^E103 there is no commit -x/)
    expect((await repo.sluice('submit', 'a', '--ref=--all\nx')).exit).toBe(2)
    expect((await repo.row('a')).state).toBe('waiting')
  })
})
