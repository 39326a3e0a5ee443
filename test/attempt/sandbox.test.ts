/** A tool in the sandbox, in a real slot: it does its work, and reaches nothing of the user's or of another agent's. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runAttempt } from '../../src/attempt/attempt.ts'
import type { Settled } from '../../src/attempt/settle.ts'
import { prepareSlot, slotAt } from '../../src/git/slot.ts'
import type { Config } from '../../src/model/config.ts'
import { commandTool } from '../../src/tools/command.ts'
import { assertKind } from '../git/room.ts'
import { SANDBOX, UNBOXED } from '../kit/sandbox.ts'
import { snapshot } from '../kit/snapshot.ts'
import { configOf, settings } from '../tools/stage.ts'
import { type Workshop, workshop } from './room.ts'

const inBox = (fields: Partial<Config> = {}): Config => ({ ...configOf(['script'], {}), sandbox: 'auto', ...fields })

/** One attempt, with the user's home being the one of the test. */
async function run(w: Workshop, ...[script, more, attempt]: Parameters<Workshop['job']>): Promise<Settled> {
  const before = { HOME: process.env['HOME'], PATH: process.env['PATH'] }
  Object.assign(process.env, { HOME: w.at.env['HOME'], PATH: `${dirname(SANDBOX.program)}:${before.PATH}` })
  try {
    const end = await runAttempt(w.job(script, { config: inBox(), ...more }, attempt), new AbortController().signal)
    assertKind(end, 'settled')
    return end
  } finally {
    Object.assign(process.env, before)
  }
}

describe.skipIf(UNBOXED !== null)(`a tool in the sandbox${UNBOXED ?? ''}`, () => {
  it('commits, reads the history, has a home, temporary folders and its brief', async () => {
    await using w = await workshop()
    const { outcome, changed } = await run(
      w,
      `set -e; git log --format=%s > log; cat "$SLUICE_PROMPT_FILE" > brief; git add log; git commit -qm log
       echo x > "$HOME/x"; echo x > "$TMPDIR/x"; echo x > /tmp/x; mktemp >/dev/null; git gc -q; git fsck --strict`,
    )
    expect(outcome).toMatchObject({ kind: 'ok' })
    expect(changed).toEqual(['brief', 'log'])
  })

  it('cannot write to the repository, the home, the state, its trusted folder or another slot, nor read them', async () => {
    await using w = await workshop()
    const other = slotAt(join(w.at.dir, 'work'), 'agents', 2)
    await prepareSlot(w.repo, other, { base: w.base, branch: 'ws/b', keep: [], identity: { name: 'B', email: 'b@b' } })
    const home = w.at.env['HOME']!
    for (const folder of [join(home, '.ssh'), join(w.at.root, '.sluice')]) mkdirSync(folder, { recursive: true })
    for (const file of [join(home, '.ssh', 'id'), join(w.at.root, '.sluice', 'sluice.db'), join(w.at.root, '.env')]) {
      writeFileSync(file, 'secret')
    }
    const own = w.job('').slot
    const inRoot = ['', 'README.md', '.env', '.sluice/sluice.db'].map((path) => join(w.at.root, path))
    const inGit = ['config', 'hooks', 'refs/heads/main'].map((path) => join(w.repo.gitDir, path))
    const ofSlots = [join(own.trusted, 'config'), join(own.dir, 'ready'), join(other.hub, 'config'), other.home]
    const targets = [home, join(home, '.ssh/id'), ...inRoot, ...inGit, ...ofSlots, '/etc/passwd', '/usr']
    const hidden = targets.filter((path) => ![home, inRoot[0], '/etc/passwd', '/usr'].includes(path))
    const objects = join(w.repo.objects, w.base.slice(0, 2))
    const before = [snapshot(w.at.root), snapshot(home), snapshot(other.dir)]
    const { outcome, changed } = await run(
      w,
      `for path in ${targets.join(' ')}; do
         { [ -d $path ] && echo > $path/evil || echo > $path; } 2>/dev/null && echo "wrote $path" >> report
       done
       for path in ${hidden.join(' ')}; do [ ! -e $path ] || echo "saw $path" >> report; done
       rm -rf ${objects} 2>/dev/null; [ -d ${objects} ] || echo "deleted objects" >> report
       git --git-dir ${w.repo.gitDir} update-ref refs/heads/main HEAD~1 2>/dev/null && echo "moved main" >> report
       echo done >> report`,
    )
    expect(outcome).toMatchObject({ kind: 'ok' })
    expect(changed).toEqual(['report'])
    expect(await w.at.git(['show', 'ws/a:report'])).toBe('done')
    // What we keep in it is ours: the pins of the work.
    const ours = (files: object): object =>
      JSON.parse(JSON.stringify(files, (key, value) => (isOurs(key) ? undefined : value)))
    expect([snapshot(w.at.root), snapshot(home), snapshot(other.dir)].map(ours)).toEqual(before.map(ours))
  })

  it('runs from the user’s folders when its command leads there: a script beside the plan, a program of the home', async () => {
    await using w = await workshop()
    const bin = join(w.at.env['HOME']!, '.agent', 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'agent'), `#!/bin/sh\n. ${join(bin, 'lib')}\n`)
    writeFileSync(join(bin, 'lib'), 'echo lib > lib\n')
    writeFileSync(join(w.at.root, 'agent.sh'), '#!/bin/sh\n. "$(dirname "$0")/part"\n')
    writeFileSync(join(w.at.root, 'part'), 'echo part > part\n')
    for (const file of [join(bin, 'agent'), join(w.at.root, 'agent.sh')]) chmodSync(file, 0o755)
    const tool = (command: string[]) => ({ tool: commandTool('script', settings({ command })) })
    expect(await run(w, '', tool([join(bin, 'agent')]))).toMatchObject({ changed: ['lib'] })
    expect(await run(w, '', tool(['./agent.sh']), { number: 2 })).toMatchObject({ changed: ['part'] })
  })

  it('has its set-up in the same box', async () => {
    await using w = await workshop()
    const setup = `echo > made; echo > ${join(w.at.root, 'evil')}; true`
    const workspace = { ...configOf([], {}).workspace, setup }
    expect(await run(w, 'true', { config: inBox({ workspace }) })).toMatchObject({ changed: ['made'] })
    expect(existsSync(join(w.at.root, 'evil'))).toBe(false)
  })
})

describe('without a sandbox', () => {
  it('strict does not start a tool, and auto does', async () => {
    await using w = await workshop()
    const broken = join(w.at.dir, 'bin')
    mkdirSync(broken)
    writeFileSync(join(broken, 'bwrap'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    // The probe is made once per process, so this one needs a process of its own.
    const { refusals } = await inProcess(w, broken)
    expect(refusals).toEqual([
      'auto: null',
      'strict: E106 sandbox: strict cannot be kept: bubblewrap does not work here',
    ])
  })
})

async function inProcess(w: Workshop, path: string): Promise<{ refusals: string[] }> {
  const { execFileSync } = await import('node:child_process')
  const probe = join(import.meta.dirname, '../../src/process/sandbox-probe.ts')
  const script = `
    import { sandboxProgram } from '${probe}'
    for (const level of ['auto', 'strict']) {
      try { console.log(level + ': ' + sandboxProgram(level)) }
      catch ({ failure }) { console.log(level + ': ' + failure.code + ' ' + failure.message.replace(/ \\(.*/, '')) }
    }`
  const env = { PATH: `${path}:${process.env['PATH']}` }
  const argv = ['--input-type=module', '-e', script]
  const out = execFileSync(process.execPath, argv, { cwd: w.at.dir, env, encoding: 'utf8' })
  return { refusals: out.trim().split('\n') }
}

/** Paths in a snapshot that Sluice itself writes in the user's repository. */
function isOurs(path: string): boolean {
  return /refs\/sluice|logs\/refs|heads\/ws|objects\/|FETCH_HEAD|packed-refs/.test(path)
}
