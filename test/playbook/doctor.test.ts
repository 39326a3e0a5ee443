/** The table of checks: one row per finding, from facts that are good but for one. */
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/model/failure.ts'
import type { Config } from '../../src/model/config.ts'
import type { Diagnostic } from '../../src/model/diagnostic.ts'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { doctor, doctorText, refusalOf } from '../../src/playbook/doctor.ts'
import type { Facts, RepositoryFacts } from '../../src/playbook/facts.ts'

const GIB = 1024 ** 3

function config(fields: Partial<Config> = {}): Config {
  return { ...withDefaults({ gate: ['npm test'], sandbox: 'off' }), ...fields }
}

const repository: RepositoryFacts = {
  root: '/home/me/project',
  head: { branch: 'main', commit: 'c'.repeat(40) },
  tip: 'c'.repeat(40),
  operation: null,
  branches: ['main', 'topic'],
  changes: 0,
  unwritable: [],
  elsewhere: [],
  signing: { kind: 'off' },
}

function facts(fields: Partial<Facts> = {}, inRepository: Partial<RepositoryFacts> = {}): Facts {
  return {
    nodeVersion: '24.21.0',
    gitVersion: '2.39.5',
    missingPrograms: [],
    repository: { kind: 'found', facts: { ...repository, ...inRepository } },
    config: config(),
    diagnostics: [],
    workstreams: 12,
    gatePrograms: [{ command: 'npm test', word: 'npm', state: 'found', mayAppear: false }],
    tools: [{ id: 'claude', reason: null, asksModel: true }],
    sandbox: null,
    system: 'proc',
    shim: { kind: 'shell', programs: { flock: '/f', setsid: '/s', sync: '/y', mv: '/m' } },
    hasGroups: true,
    limitsMemory: true,
    disks: [{ what: 'the slots', path: '/home/me/.local', freeBytes: 20 * GIB }],
    memory: { total: 16 * GIB, available: 8 * GIB },
    openFilesMax: 1024,
    seats: 3,
    ...fields,
  }
}

function diagnostic(fields: Partial<Diagnostic> = {}): Diagnostic {
  const place = { file: 'workstreams/a.json', line: 3, column: 7 }
  return {
    code: 'E102',
    severity: 'error',
    ...place,
    workstream: 'a',
    message: 'depends on x',
    fix: 'remove it',
    ...fields,
  }
}

const unborn = { head: { branch: 'main', commit: null }, tip: null, branches: [] }
const gate = (state: 'missing' | 'not-executable', word: string, mayAppear = false): Partial<Facts> => {
  return { gatePrograms: [{ command: `${word} --all`, word, state, mayAppear }] }
}

const { script } = withDefaults({ tools: { script: {} } }).tools.settings
const command = ['./agent.sh', '--brief={promt_file}', '{ print }', '${x}']
const misspelt = config({ tools: { order: ['script'], settings: { script: { ...script!, command } } } })

const findings: [string, Facts, string, string, string, string][] = [
  ['an old git', facts({ gitVersion: '2.37.9' }), 'git', 'fail', 'E106', 'git 2.37.9 cannot merge in memory'],
  ['no git', facts({ gitVersion: null }), 'git', 'fail', 'E106', 'git is not on this machine'],
  ['an old Node', facts({ nodeVersion: '22.4.0' }), 'node', 'fail', 'E106', 'Node 22.4.0 is too old'],
  ['no ps', facts({ system: 'ps', missingPrograms: ['ps'] }), 'programs', 'fail', 'E106', 'missing: ps'],
  [
    'no flock',
    facts({ shim: { kind: 'node', missing: ['flock'] } }),
    'supervision',
    'warn',
    'E106',
    'tools run under the portable shim, 10 MB and a tenth of a second more each (missing: flock)',
  ],
  [
    'no repository',
    facts({
      repository: { kind: 'refused', failure: { code: 'E105', message: 'no git repository here', fix: 'git init' } },
    }),
    'repository',
    'fail',
    'E105',
    'no git repository here',
  ],
  ['a misspelt placeholder', facts({ config: misspelt }), 'placeholders', 'warn', 'E103', 'the command of script'],
  ['an unborn branch', facts({}, unborn), 'target', 'fail', 'E105', 'main has no commit yet'],
  [
    'an unknown target',
    facts({ config: config({ target: 'mian' }) }, { tip: null }),
    'target',
    'fail',
    'E105',
    'there is no branch mian',
  ],
  [
    'a merge in progress',
    facts({}, { operation: 'a merge' }),
    'target',
    'fail',
    'E105',
    'a merge is in progress in a checkout of main',
  ],
  ['a branch named ws', facts({}, { branches: ['main', 'ws'] }), 'branches', 'fail', 'E105', 'a branch is called ws'],
  [
    'a read-only folder',
    facts({}, { unwritable: ['/r/.git (EROFS)'] }),
    'writable',
    'fail',
    'E105',
    'cannot write: /r/.git (EROFS)',
  ],
  [
    'a partial clone',
    facts({}, { elsewhere: ['partial clone'] }),
    'contents',
    'fail',
    'E105',
    'a partial clone: objects',
  ],
  ['large files', facts({}, { elsewhere: ['git-lfs'] }), 'contents', 'warn', 'E105', 'files kept by git-lfs'],
  [
    'signatures that cannot be made',
    facts({}, { signing: { kind: 'fails', reason: 'no such key' } }),
    'signing',
    'fail',
    'E105',
    'commit.gpgSign is on, and no commit can be signed: no such key',
  ],
  ['submodules', facts({}, { elsewhere: ['submodules'] }), 'contents', 'warn', 'E105', 'submodules are empty folders'],
  ['a dirty checkout', facts({}, { changes: 2 }), 'checkout', 'warn', 'W407', '2 changed files in your checkout'],
  [
    'a detached HEAD',
    facts({}, { head: { branch: null, commit: 'c' } }),
    'checkout',
    'warn',
    'W407',
    'HEAD is detached',
  ],
  [
    'a broken configuration',
    facts({
      config: null,
      diagnostics: [diagnostic({ code: 'E103', file: 'sluice.yaml', message: 'unknown key gaet' })],
    }),
    'configuration',
    'fail',
    'E103',
    'sluice.yaml:3:7: unknown key gaet',
  ],
  [
    'a broken plan',
    facts({ diagnostics: [diagnostic({ severity: 'warning' }), diagnostic(), diagnostic()] }),
    'plan',
    'fail',
    'E102',
    'workstreams/a.json:3:7: depends on x (and 1 more: sluice plan)',
  ],
  [
    'a plan with warnings',
    facts({ diagnostics: [diagnostic({ code: 'W104', severity: 'warning', message: 'overlap' })] }),
    'plan',
    'warn',
    'W104',
    '12 workstreams; workstreams/a.json:3:7: overlap',
  ],
  ['no gate', facts({ config: config({ gate: null }) }), 'gate', 'fail', 'E103', 'no gate'],
  [
    'a gate that is not installed',
    facts(gate('missing', 'nosuch')),
    'gate',
    'fail',
    'E106',
    'the gate `nosuch --all` cannot run: nosuch is not on PATH',
  ],
  [
    'a gate that is not committed',
    facts(gate('missing', './check.sh')),
    'gate',
    'fail',
    'E106',
    './check.sh is not in the tree of the target',
  ],
  [
    'a gate that is not executable',
    facts(gate('not-executable', './check.sh')),
    'gate',
    'fail',
    'E106',
    './check.sh is not executable',
  ],
  [
    'a gate that the set-up may make',
    facts(gate('missing', 'bin/check', true)),
    'gate',
    'warn',
    'E106',
    'unless workspace.setup makes it',
  ],
  [
    'notify',
    facts({ config: config({ limits: { ...config().limits, memoryLimitMb: 1 }, notify: { when: [], command: 'x' } }) }),
    'settings',
    'warn',
    'E103',
    'without effect in this version: notify',
  ],
  [
    'no tool',
    facts({ tools: [{ id: 'aider', reason: 'not on PATH', asksModel: true }] }),
    'tools',
    'fail',
    'E106',
    'no tool of the order can be used (aider: not on PATH)',
  ],
  [
    'some tools',
    facts({
      tools: [
        { id: 'aider', reason: 'not on PATH', asksModel: true },
        { id: 'claude', reason: null, asksModel: true },
      ],
    }),
    'tools',
    'warn',
    'E106',
    'claude; not usable: aider: not on PATH',
  ],
  [
    'only people',
    facts({
      tools: [
        { id: 'aider', reason: 'not on PATH', asksModel: true },
        { id: 'manual', reason: null, asksModel: true },
      ],
    }),
    'tools',
    'warn',
    'E106',
    'only you are left',
  ],
  [
    'a nearly full disk',
    facts({ disks: [{ what: 'the slots', path: '/x', freeBytes: GIB }] }),
    'disk',
    'warn',
    'E302',
    '1.0 GB free for the slots (/x)',
  ],
  [
    'a full disk',
    facts({
      disks: [
        { what: 'a', path: '/x', freeBytes: GIB * 9 },
        { what: 'b', path: '/y', freeBytes: 1024 ** 2 },
      ],
    }),
    'disk',
    'fail',
    'E302',
    '1 MB free for b (/y)',
  ],
  [
    'little memory',
    facts({ memory: { total: 4 * GIB, available: 1.25 * GIB } }),
    'memory',
    'warn',
    'E301',
    '1.3 GB of 4.0 GB available for 3 agents',
  ],
  ['few open files', facts({ openFilesMax: 256 }), 'open-files', 'warn', 'E105', 'at most 256 open files'],
]

describe('doctor', () => {
  it.each(findings)('finds %s', (_, given, id, status, code, message) => {
    const document = doctor(given)
    const check = document.checks.find((each) => each.id === id)
    expect(check).toMatchObject({ status, code })
    expect(check?.message).toContain(message)
    expect(check?.fix).toBeTruthy()
    expect(document.go).toBe(status !== 'fail')
    const others = document.checks.filter((each) => each.id !== id && each.status !== 'ok')
    expect(others).toEqual([])
  })

  it('says go when everything is in order, each check with an id of its own', () => {
    const document = doctor(facts())
    expect(document).toMatchObject({ schema: 'sluice.doctor/1', go: true })
    const ids = document.checks.map(({ id }) => id)
    expect(ids).toEqual([
      'node',
      'git',
      'programs',
      'supervision',
      'repository',
      'branches',
      'writable',
      'target',
      'checkout',
      'configuration',
      'plan',
      'gate',
      'sandbox',
      'processes',
      'tools',
      'disk',
      'memory',
      'open-files',
    ])
    expect(new Set(ids).size).toBe(ids.length)
    expect(document.checks.every((check) => check.fix === null && check.code === null)).toBe(true)
    expect(refusalOf(document)).toBeNull()
  })

  it('is content where no gate is wanted, limits are not told, or another branch is checked out', () => {
    const other = { head: { branch: 'topic', commit: 'c' }, changes: 5 }
    expect(
      doctor(facts({ config: config({ gate: [] }), gatePrograms: [], openFilesMax: null }, other)).checks.every(
        ({ status }) => status === 'ok',
      ),
    ).toBe(true)
    expect(doctor(facts({ openFilesMax: Infinity })).go).toBe(true)
  })

  it('proposes the branch that was meant', () => {
    const fixOf = (inRepository: Partial<RepositoryFacts>, target: string): string | null | undefined => {
      return doctor(facts({ config: config({ target }) }, { tip: null, ...inRepository })).checks.find(
        ({ id }) => id === 'target',
      )?.fix
    }
    expect(fixOf({}, 'mian')).toBe('target: main in sluice.yaml, or git branch mian')
    expect(fixOf({ head: { branch: 'master', commit: 'c' }, branches: ['master'] }, 'main')).toBe(
      'target: master in sluice.yaml, or git branch main',
    )
  })

  it('refuses with the first finding and lists the others; wrong input is exit 2, the rest exit 5', () => {
    const two = refusalOf(
      doctor(facts({ tools: [{ id: 'aider', reason: 'r', asksModel: true }] }, { operation: 'a rebase' })),
    )
    expect(two).toMatchObject({
      exit: EXIT.noGo,
      failure: {
        code: 'E105',
        message: 'a rebase is in progress in a checkout of main',
        details: { what: ['tools: no tool of the order can be used (aider: r)'] },
      },
    })
    expect(refusalOf(doctor(facts({ diagnostics: [diagnostic()] })))).toMatchObject({
      exit: EXIT.usage,
      failure: { code: 'E102' },
    })
    expect(refusalOf(doctor(facts({ config: config({ gate: null }) })))).toMatchObject({ exit: EXIT.noGo })
  })

  it('reads on a terminal as a table with the fix below each finding', () => {
    const text = doctorText(
      doctor(facts({ disks: [{ what: 'the slots', path: '/x', freeBytes: GIB }] }, { operation: 'a merge' })),
    )
    expect(text.slice(0, 4)).toEqual([
      'ok    node           Node 24.21.0',
      'ok    git            git 2.39.5',
      'ok    programs       what supervision needs is there',
      'ok    supervision    by /proc: tools outlive this process and are found again',
    ])
    expect(text).toContain('FAIL  target         E105 a merge is in progress in a checkout of main')
    expect(text).toContain('                     fix: finish it or abort it; git status says how')
    expect(text.at(-1)).toBe('no-go: 1 finding stops a run, 1 warning')
    expect(doctorText(doctor(facts())).at(-1)).toBe('go')
  })
})
