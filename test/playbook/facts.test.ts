/** Facts from real repositories, and that looking at them changes nothing. */
import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import type { Config } from '../../src/model/config.ts'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { doctor } from '../../src/playbook/doctor.ts'
import { gatherFacts, type Facts, type RepositoryFacts } from '../../src/playbook/facts.ts'
import { plainProgram } from '../../src/playbook/gate-programs.ts'
import { scratch, type Scratch } from '../kit/repository.ts'

const { settings } = withDefaults({
  tools: { mine: { command: ['sh', '-c', 'true'] }, lost: { command: ['no-such-program-here'] } },
}).tools

async function gather(sandbox: Scratch, file: Parameters<typeof withDefaults>[0] = {}): Promise<Facts> {
  const tools = { order: ['mine', 'lost'], settings }
  const config: Config = { ...withDefaults({ gate: ['git --version'], ...file }), tools }
  const repo = await openRepository(sandbox.root)
  return await gatherFacts({
    repository: { kind: 'open', repo },
    config,
    diagnostics: [],
    workstreams: 1,
    work: join(sandbox.dir, 'state', 'not', 'there', 'yet'),
    isMoving: false,
    seats: 2,
    environment: process.env,
  })
}

function repositoryOf({ repository }: Facts): RepositoryFacts {
  if (repository.kind === 'refused') throw new Error(repository.failure.message)
  return repository.facts
}

/** Names, contents and times of every file below a folder. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(folder, file))
    hash.update(
      `${file}\0${stat.mode}\0${stat.isFile() ? `${stat.mtimeMs}\0${readFileSync(join(folder, file), 'hex')}` : ''}\n`,
    )
  }
  return hash.digest('hex')
}

describe('facts', () => {
  it('of a repository in order lead to go, and looking has changed nothing', async () => {
    await using sandbox = await scratch()
    await sandbox.git(['status'])
    const before = fingerprint(sandbox.dir)
    const facts = await gather(sandbox)
    expect(fingerprint(sandbox.dir)).toBe(before)
    expect(repositoryOf(facts)).toMatchObject({
      root: sandbox.root,
      head: { branch: 'main' },
      operation: null,
      branches: ['main'],
      changes: 0,
      unwritable: [],
      elsewhere: [],
    })
    expect(facts.gitVersion).toMatch(/^\d+\.\d+/)
    expect(facts.missingPrograms).toEqual([])
    expect(facts.tools.map(({ id, reason }) => [id, reason === null])).toEqual([
      ['mine', true],
      ['lost', false],
    ])
    expect(facts.disks.map(({ what, path }) => [what, path])).toEqual([
      ['the repository', sandbox.root],
      ['the slots', sandbox.dir],
    ])
    expect(doctor(facts).checks.filter(({ status }) => status === 'fail')).toEqual([])
  })

  it('see changes of tracked files, operations in progress, branches and a detached HEAD', async () => {
    await using sandbox = await scratch({ files: { 'a.txt': 'a\n', 'b.txt': 'b\n' } })
    await sandbox.git(['branch', 'ws'])
    await sandbox.git(['switch', '-q', '-c', 'other'])
    await sandbox.write('a.txt', 'other\n')
    await sandbox.commit('other')
    await sandbox.git(['switch', '-q', 'main'])
    await sandbox.write('a.txt', 'main\n')
    await sandbox.commit('main')
    expect(await sandbox.exit(['merge', '-q', 'other'])).toBe(1)
    await sandbox.write('b.txt', 'changed\n')
    await sandbox.write('untracked.txt', 'x\n')
    const merging = repositoryOf(await gather(sandbox))
    expect(merging).toMatchObject({ operation: 'a merge', branches: ['main', 'other', 'ws'], changes: 2 })
    await sandbox.git(['merge', '--abort'])
    await sandbox.git(['checkout', '-q', '--detach'])
    expect(repositoryOf(await gather(sandbox))).toMatchObject({ operation: null, head: { branch: null }, changes: 1 })
  })

  it('see an unborn branch, an unknown target, and a .sluice that is no folder', async () => {
    await using sandbox = await scratch()
    await sandbox.write('.sluice', 'a file')
    const lost = repositoryOf(await gather(sandbox, { target: 'release' }))
    expect(lost.tip).toBeNull()
    expect(lost.unwritable).toEqual([`${join(sandbox.root, '.sluice')} is not a folder`])
    await sandbox.git(['switch', '-q', '--orphan', 'fresh'])
    const unborn = await gather(sandbox, { target: 'fresh' })
    expect(repositoryOf(unborn)).toMatchObject({ tip: null, head: { branch: 'fresh', commit: null } })
    expect(doctor(unborn).checks.find(({ id }) => id === 'target')?.message).toContain('fresh has no commit yet')
  })

  it('look for the programs of the gate where it will run: on PATH, or in the commit', async () => {
    await using sandbox = await scratch({ files: { 'bin/run.sh': 'true\n', 'bin/plain.sh': 'true\n' } })
    chmodSync(join(sandbox.root, 'bin/run.sh'), 0o755)
    await sandbox.commit('executable')
    await sandbox.write('bin/uncommitted.sh', 'true\n')
    chmodSync(join(sandbox.root, 'bin/uncommitted.sh'), 0o755)
    const gate = [
      'git log',
      './bin/run.sh',
      'bin/plain.sh',
      'bin/uncommitted.sh',
      'no-such-program-here -x',
      'cd bin && ./run.sh',
      'A=1 env',
    ]
    const { gatePrograms } = await gather(sandbox, { gate })
    expect(gatePrograms.map(({ word, state }) => [word, state])).toEqual([
      ['git', 'found'],
      ['./bin/run.sh', 'found'],
      ['bin/plain.sh', 'not-executable'],
      ['bin/uncommitted.sh', 'missing'],
      ['no-such-program-here', 'missing'],
    ])
    const { gatePrograms: withSetup } = await gather(sandbox, {
      gate: ['bin/made', 'lost'],
      workspace: { setup: 'make' },
    })
    expect(withSetup.map(({ mayAppear }) => mayAppear)).toEqual([true, false])
  })

  it('of a refused repository still tell of the machine', async () => {
    const failure = { code: 'E105', message: 'no git repository here' } as const
    const known = { config: null, diagnostics: [], workstreams: 0, work: null, isMoving: false, seats: 1 }
    const facts = await gatherFacts({ repository: { kind: 'refused', failure }, ...known, environment: process.env })
    expect(facts).toMatchObject({ tools: [], gatePrograms: [], disks: [] })
    expect(doctor(facts).go).toBe(false)
  })
})

describe('the first word of a command', () => {
  it.each([
    ['npm test', 'npm'],
    ['  ./check.sh --all', './check.sh'],
    ['true', null],
    ['cd sub && make', null],
    ['FOO=1 make', null],
    ['"my tool" x', null],
    ['$TOOL x', null],
    ['(make)', null],
    ['make;true', null],
    ['', null],
  ])('%j is %j', (command, word) => {
    expect(plainProgram(command)).toBe(word)
  })
})
