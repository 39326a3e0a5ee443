/** What counts as the work of a tool: whatever differs from its base, committed or not, and nothing that it says. */
import { describe, expect, it } from 'vitest'
import { planned } from '../kit/plan.ts'

const write = (path: string): Record<string, unknown> => ({ write: { path, text: `${path}\n` } })

describe.concurrent('the work of a tool', () => {
  it('is what it committed together with what it left uncommitted, also on top of each other', async () => {
    await using repo = await planned({
      script: {
        a: [
          write('a/1.txt'),
          write('a/2.txt'),
          { commit: 'one' },
          write('a/2.txt'),
          { delete: 'a/1.txt' },
          write('a/3.txt'),
        ],
      },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('a/2.txt\na/3.txt')
    expect(await repo.git(['log', '--format=%s', 'main^1..main^2'])).toContain('one')
  })

  it('is not what git ignores', async () => {
    await using repo = await planned({
      files: { '.gitignore': '*.log\n' },
      script: { a: [write('a/1.txt'), write('a/1.log')] },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('a/1.txt')
  })

  it('is what git ignores when it was committed all the same', async () => {
    await using repo = await planned({
      files: { '.gitignore': '*.log\n' },
      script: { a: [write('a/1.txt'), write('a/1.log'), { run: 'git add --force a && git commit -q -m both' }] },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('a/1.log\na/1.txt')
  })

  it('is only what lies in its scope: the rest is parked as a patch and does not land', async () => {
    await using repo = await planned({ script: { a: [write('a.txt'), write('b.txt')] } })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('a.txt')
    const { run } = await repo.status()
    const patch = `.sluice/runs/${run!.id}/attempts/a.1/parked.patch`
    expect(await repo.exit(['apply', '--check', patch])).toBe(0)
    expect(await repo.read(patch)).toContain('+b.txt')
    for (const command of [['status'], ['explain', 'a']]) {
      expect((await repo.sluice(...command)).stdout).toMatch(/b\.txt.*git apply .*parked\.patch/)
    }
  })

  it('begins after the gate on the untouched target, which says so on the screen before it is asked', async () => {
    await using repo = await planned({ config: { gate: ['true'] } })
    const { exit, stdout, stderr } = await repo.sluice('run')
    expect([exit, stdout]).toEqual([0, ''])
    const lines = stderr.split('\n').filter((line) => / (run|a) /.test(line))
    expect(lines[0]).toMatch(/the gate runs first on the target as it is, [0-9a-f]{9}: true$/)
    expect(lines[1]).toMatch(/ began on main /)
    expect(lines.some((line) => /a +gate runs on [0-9a-f]{9}: true$/.test(line))).toBe(true)
  })

  it('is nothing at all when it only says so', async () => {
    await using repo = await planned({ script: { a: [{ say: 'Done! All tests pass.' }] } })
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toMatchObject([{ code: 'E205' }, { code: 'E205' }])
    expect(await repo.landed()).toEqual([])
  })

  it('is refused with left-over conflict markers, and kept', async () => {
    const markers = '<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n'
    await using repo = await planned({ script: { a: [{ write: { path: 'a.txt', text: markers } }] } })
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toMatchObject([
      { outcome: 'rejected', code: 'E204' },
      { outcome: 'rejected' },
    ])
    expect(await repo.git(['show', 'refs/sluice/wip/a/1:a.txt'])).toBe(markers.trimEnd())
  })
})

describe.concurrent('a command tool', () => {
  it('works in the worktree, with the environment and the placeholders of the contract', async () => {
    const script = '#!/bin/sh\n{ pwd; echo "$1|$2|$3"; env; } >a.txt\n[ -f "$SLUICE_PROMPT_FILE" ]\n'
    await using repo = await planned({
      files: { 'agent.sh': script },
      config: {
        tools: {
          order: ['agent'],
          agent: {
            command: ['./agent.sh', '{workstream}', '{attempt}', '{worktree}'],
            env: { COLOUR: 'red' },
            pass_env: ['PASSED'],
          },
        },
      },
    })
    Object.assign(repo.place.env, { PASSED: 'on', SECRET: 'kept back' })
    expect((await repo.sluice('run')).exit).toBe(0)
    const { run } = await repo.status()
    const [folder, given, ...environment] = (await repo.git(['show', 'main:a.txt'])).split('\n')
    expect(given).toBe(`a|1|${folder}`)
    expect(folder!.startsWith(`${repo.state}/sluice/`)).toBe(true)
    expect(environment).toEqual(
      expect.arrayContaining([
        `SLUICE_RUN=${run!.id}`,
        'SLUICE_WORKSTREAM=a',
        'SLUICE_ATTEMPT=1',
        'COLOUR=red',
        'PASSED=on',
      ]),
    )
    expect(environment.join('\n')).not.toContain('kept back')
  })

  it('has done well with an exit code that its settings name', async () => {
    await using repo = await planned({
      files: { 'agent.sh': '#!/bin/sh\necho done >a.txt\nexit 7\n' },
      config: { tools: { order: ['agent'], agent: { command: ['./agent.sh'], success_exit_codes: [0, 7] } } },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
  })
})
