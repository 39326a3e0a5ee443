/** The box: the rules as arguments, what leads into hidden places, and what a real one lets through. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launch } from '../../src/process/launch.ts'
import type { Area } from '../../src/process/leads.ts'
import { openedBy } from '../../src/process/leads.ts'
import { runShell } from '../../src/process/run.ts'
import { boxed, type Enclosure } from '../../src/process/sandbox.ts'
import { probeSandbox, sandboxProblem } from '../../src/process/sandbox-probe.ts'
import { processRow } from '../../src/process/table.ts'
import { SANDBOX, UNBOXED } from '../kit/sandbox.ts'
import { PATH, PATIENCE_MS, scene, type Scene } from './scene.ts'

/** The scene's folder hidden, but for what is named. */
function enclose(s: Scene, rules: Enclosure['rules'] = [], more: Partial<Enclosure> = {}): Enclosure {
  const { program } = SANDBOX
  return { program, network: true, areas: [], rules: [[s.dir, 'hidden'], ...rules], ...more }
}

describe('the arguments of the box', () => {
  it('mount what lies deeper later, whatever the order of the rules, and close empty folders last', async () => {
    await using s = await scene()
    for (const name of ['home/tools/state/slot', 'home/open']) mkdirSync(s.at(name), { recursive: true })
    const argv = boxed(
      enclose(s, [
        [s.at('home/tools/state/slot'), 'writable'],
        [s.at('home/tools'), 'readable'],
        [s.at('home/tools/state'), 'hidden'],
        [s.at('not there'), 'writable'],
      ]),
      { argv: ['true'], cwd: s.dir, env: {} },
    )
    const mounted = argv.flatMap((word, at) =>
      word.startsWith(s.dir) &&
      argv[at - 2] !== '--chdir' &&
      argv[at - 1] !== '--chdir' &&
      !argv[at - 1]!.startsWith('/')
        ? [`${argv[at - 1]} ${word.slice(s.dir.length)}`]
        : [],
    )
    expect(mounted).toEqual([
      '--tmpfs ',
      '--ro-bind /home/tools',
      '--tmpfs /home/tools/state',
      '--bind /home/tools/state/slot',
      '--remount-ro ',
      '--remount-ro /home/tools/state',
    ])
  })

  it('take the stronger of two rules for one path, and leave a command alone where there is no box', async () => {
    await using s = await scene()
    mkdirSync(s.at('both'))
    const inmate = { argv: ['true'], cwd: s.dir, env: {} }
    const argv = boxed(
      enclose(s, [
        [s.at('both'), 'writable'],
        [s.at('both'), 'hidden'],
      ]),
      inmate,
    )
    expect(argv[argv.indexOf(s.at('both')) - 1]).toBe('--bind')
    expect(boxed(null, inmate)).toEqual(['true'])
  })

  it('pass no variable of the environment: arguments can be read by everybody', async () => {
    await using s = await scene()
    const argv = boxed(enclose(s), { argv: ['true'], cwd: s.dir, env: { API_KEY: 'secret-value' } })
    expect(argv.join(' ')).not.toContain('secret-value')
    expect(argv).not.toContain('--setenv')
  })
})

describe('what opens a hidden place', () => {
  const home = (s: Scene): Area => ({ path: s.at('home'), opens: 'entry', isScratch: false })

  it.each([
    ['a program', (s: Scene) => ({ argv: [s.at('home/tools/bin/agent')], env: {} })],
    ['a program on PATH', (s: Scene) => ({ argv: ['agent'], env: { PATH: s.at('home/tools/bin') } })],
    ['an argument', (s: Scene) => ({ argv: ['sh', s.at('home/tools/bin/agent')], env: {} })],
    ['the value of an option', (s: Scene) => ({ argv: ['sh', `--file=${s.at('home/tools/bin/agent')}`], env: {} })],
    ['a variable', (s: Scene) => ({ argv: ['sh'], env: { TOOL: s.at('home/tools') } })],
    ['a link on PATH', (s: Scene) => ({ argv: ['agent'], env: { PATH: s.at('links') } })],
  ])('%s opens the folder of a home that it lies in, and no other', async (_, inmate) => {
    await using s = await scene()
    for (const name of ['home/tools/bin', 'home/secrets', 'links']) mkdirSync(s.at(name), { recursive: true })
    writeFileSync(s.at('home/tools/bin/agent'), '', { mode: 0o755 })
    symlinkSync(s.at('home/tools/bin/agent'), s.at('links/agent'))
    expect(openedBy({ cwd: s.dir, ...inmate(s) }, [home(s)], [])).toEqual([s.at('home/tools')])
  })

  it('the interpreter of a script opens its folder too, unless the script lies where an agent can write', async () => {
    await using s = await scene()
    for (const name of ['home/python/bin', 'venv/bin', 'slot']) mkdirSync(s.at(name), { recursive: true })
    writeFileSync(s.at('home/python/bin/python3'), '', { mode: 0o755 })
    symlinkSync(s.at('home/python/bin/python3'), s.at('venv/bin/python3'))
    for (const name of ['venv/bin/agent', 'slot/agent'])
      writeFileSync(s.at(name), `#!${s.at('venv/bin/python3')}\n`, { mode: 0o755 })
    const open = (argv: string[]): string[] => openedBy({ argv, cwd: s.dir, env: {} }, [home(s)], [s.at('slot')])
    expect(open([s.at('venv/bin/agent')])).toEqual([s.at('home/python')])
    expect(open([s.at('slot/agent')])).toEqual([])
  })

  it('a home as a whole is opened by an argument only, and a folder to write in by nothing', async () => {
    await using s = await scene()
    mkdirSync(s.at('home'))
    mkdirSync(s.at('tmp'))
    const areas: Area[] = [home(s), { path: s.at('tmp'), opens: 'entry', isScratch: true }]
    const env = { PATH: s.at('home'), TEMP: s.at('tmp'), WHERE: s.at('home') }
    expect(openedBy({ argv: ['sh', s.at('tmp')], cwd: s.dir, env }, areas, [])).toEqual([])
    expect(openedBy({ argv: ['sh', s.at('home')], cwd: s.dir, env }, areas, [])).toEqual([s.at('home')])
  })

  it('the whole of a repository is opened, and nothing by what is shown anyway, by HOME, or by what is not there', async () => {
    await using s = await scene()
    for (const name of ['home/mine', 'repo/bin']) mkdirSync(s.at(name), { recursive: true })
    const repo: Area = { path: s.at('repo'), opens: 'all', isScratch: false }
    expect(openedBy({ argv: [s.at('repo/bin')], cwd: s.dir, env: {} }, [repo], [])).toEqual([s.at('repo')])
    const env = { HOME: s.at('home/mine'), PROMPT: s.at('home/mine/prompt') }
    expect(openedBy({ argv: [s.at('home/gone')], cwd: s.dir, env }, [home(s)], [])).toEqual([])
    expect(openedBy({ argv: [s.at('home/mine')], cwd: s.dir, env }, [home(s)], [s.at('home/mine')])).toEqual([])
  })
})

describe('the probe', () => {
  it('says that there is no bubblewrap, or why it does not work, with what to do', async () => {
    await using s = await scene()
    writeFileSync(s.at('bwrap'), '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n', {
      mode: 0o755,
    })
    const refused = probeSandbox(s.dir, { closed: false })
    expect(refused).toEqual({ kind: 'refused', reason: 'bwrap: No permissions to create new namespace' })
    if (refused.kind === 'refused') expect(sandboxProblem(refused).fix).toContain('user namespaces')
    expect(sandboxProblem({ kind: 'missing' }).fix).toContain('bubblewrap')
  })

  it.each([
    ['runs the command without any box', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'],
    ['does nothing', 'exit 0'],
  ])('does not believe a program that %s', async (_, body) => {
    await using s = await scene()
    writeFileSync(s.at('bwrap'), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    expect(probeSandbox(s.dir, { closed: false }).kind).toBe('refused')
  })
})

describe.skipIf(UNBOXED !== null)(`a box${UNBOXED ?? ''}`, () => {
  const shell = (s: Scene, command: string, enclosure: Enclosure) =>
    runShell({
      command,
      cwd: s.at('slot'),
      env: { PATH },
      logFile: s.at('log'),
      timeoutMs: PATIENCE_MS,
      nonce: s.nonce,
      enclosure,
    })

  it('lets write in what is writable and nowhere else, and shows nothing of what is hidden', async () => {
    await using s = await scene()
    for (const name of ['slot', 'other', 'lib']) mkdirSync(s.at(name))
    for (const name of ['slot/file', 'other/file', 'lib/file']) writeFileSync(s.at(name), name)
    const enclosure = enclose(s, [
      [s.at('slot'), 'writable'],
      [s.at('lib'), 'readable'],
    ])
    const result = await shell(
      s,
      `echo new > file && cat ${s.at('lib/file')} && [ ! -e ${s.at('other')} ] || exit 1
       for path in ${s.at('lib/file')} ${s.at('lib/new')} ${s.at('new')} /etc/new /new; do
         (echo > $path) 2>/dev/null && { echo "could write $path"; exit 2; }
       done
       exit 0`,
      enclosure,
    )
    expect(readFileSync(s.at('log'), 'utf8')).toBe('lib/file')
    expect(result).toMatchObject({ exit: 0, survivorsKilled: 0 })
    expect(readFileSync(s.at('slot/file'), 'utf8')).toBe('new\n')
  })

  it('cannot be opened from inside: no remount, no unmount, no capability', async () => {
    await using s = await scene()
    mkdirSync(s.at('slot'))
    await shell(
      s,
      `mount -o remount,rw / 2>/dev/null && echo remounted
       umount ${s.dir} 2>/dev/null && echo unmounted
       grep CapEff /proc/self/status`,
      enclose(s, [[s.at('slot'), 'writable']]),
    )
    expect(readFileSync(s.at('log'), 'utf8')).toMatch(/^CapEff:\s+0+$/m)
    expect(readFileSync(s.at('log'), 'utf8')).not.toContain('mounted')
  })

  it('shows its own processes only, and has the environment that it was given, in every process', async () => {
    await using s = await scene()
    mkdirSync(s.at('slot'))
    const enclosure = enclose(s, [[s.at('slot'), 'writable']])
    process.env['SLUICE_TEST_SECRET'] = 'of-the-orchestrator'
    try {
      await shell(s, `cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l`, enclosure)
    } finally {
      delete process.env['SLUICE_TEST_SECRET']
    }
    const seen = readFileSync(s.at('log'), 'utf8').trim().split('\n')
    expect(seen.join()).not.toContain('of-the-orchestrator')
    expect(Number(seen.at(-1))).toBeLessThan(10)
  })

  it('has no network when it is closed, and the one of the machine when it is not', async () => {
    await using s = await scene()
    mkdirSync(s.at('slot'))
    const rules = [[s.at('slot'), 'writable']] as const
    await shell(
      s,
      'ls /sys/class/net >/dev/null; cat /proc/net/dev | tail -n +3 | cut -d: -f1',
      enclose(s, rules, { network: false }),
    )
    expect(readFileSync(s.at('log'), 'utf8').trim()).toBe('lo')
  })

  it('works for an ordinary user too', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('this whole suite is run by one')
    const { status, stdout, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '--input-type=module', '-e', PROBE],
      { encoding: 'utf8', env: { PATH: `${dirname(SANDBOX.program)}:${PATH}` }, cwd: '/' },
    )
    if (status !== 0) return context.skip(`nobody cannot read this checkout: ${stderr.trim().split('\n').at(-1)}`)
    const probe = JSON.parse(stdout) as ReturnType<typeof probeSandbox>
    if (probe.kind === 'refused') return context.skip(`ordinary users may not here: ${probe.reason}`)
    expect(probe.kind).toBe('works')
  })

  it('tells how a tool ended: its code, the signal that ended it, and 127 for one that is not there', async () => {
    for (const [script, exit] of [
      ['exit 7', { code: 7, signal: null }],
      ['kill -9 $$', { code: null, signal: 'SIGKILL' }],
      ['ulimit -c 0; kill -ABRT $$', { code: null, signal: 'SIGABRT' }],
      ['exit 255', { code: 255, signal: null }],
    ] as const) {
      await using s = await scene()
      const running = await launch(s.script(script, { enclosure: enclose(s, [[s.dir, 'readable']]) }))
      expect(await running.exited).toEqual(exit)
    }
    await using s = await scene()
    const enclosure = enclose(s, [[s.dir, 'readable']])
    const running = await launch(s.script('', { argv: ['no-such-program'], enclosure }))
    expect(await running.exited).toEqual({ code: 127, signal: null })
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toBe('setsid: failed to execute no-such-program: not found\n')
  })

  it('gives a tool exactly the environment of the spec, with PWD and the nonce', async () => {
    await using s = await scene()
    const env = { PATH, line: 'two\nlines', EMPTY: '', OLDPWD: '/x' }
    const running = await launch(
      s.script('', { argv: ['env', '-0'], env, enclosure: enclose(s, [[s.dir, 'readable']]) }),
    )
    await running.exited
    const seen = readFileSync(s.at('attempt/out.log'), 'utf8').split('\0').filter(Boolean).toSorted()
    expect(seen).toEqual(
      Object.entries({ PATH, line: 'two\nlines', EMPTY: '', PWD: s.dir, SLUICE_NONCE: s.nonce })
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    )
  })

  it('is the leader of the tree, and the shim its parent', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script(': >up; read x <go', { enclosure: enclose(s, [[s.dir, 'writable']]) }))
    await s.reached('up')
    expect(processRow(running.tree.leader.pid)).toMatchObject({ parent: running.shim.pid })
    await s.free('go')
    expect(await running.exited).toEqual({ code: 0, signal: null })
  })
})

const PROBE = `
import { probeSandbox } from '${join(import.meta.dirname, '../../src/process/sandbox-probe.ts')}'
console.log(JSON.stringify(probeSandbox(process.env.PATH, { closed: true })))
`
