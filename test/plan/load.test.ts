import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasErrors, loadPlan, type Plan } from '../../src/plan/load.ts'
import { renderDiagnostics } from '../../src/plan/render.ts'
import { folderWith } from './folder.ts'

const GLOB = 'w/*.{json,yaml,yml,md}'

async function load(files: Record<string, unknown>, globs = [GLOB]): Promise<Plan> {
  using folder = folderWith(files)
  return await loadPlan(folder.path, { workstreams: globs }, { isExecutable: (word) => word === 'npm' })
}

const ws = (id: string, more: object = {}) => ({ id, tasks: ['do it'], files_scope: [`${id}.ts`], ...more })

function messages(plan: Plan): string[] {
  return plan.diagnostics.map(
    ({ code, severity, file, line, column, message }) => `${file}:${line}:${column} ${code} ${severity} ${message}`,
  )
}

describe('every dialect ends in the same workstream', () => {
  it('JSON, YAML and Markdown; object, array and bundle', async () => {
    const plan = await load({
      'w/1.json': ws('a'),
      'w/2.json': [ws('b'), ws('c', { depends_on: ['a'] })],
      'w/3.json': { bundle_id: 'B', workstreams: [{ ws_id: 'd', tasks: ['x'], files_scope: ['d'] }] },
      'w/4.yaml': 'id: e\ninstruction: do it\nfiles_scope: e.ts\nblocked_by: [a, b]\n',
      'w/5.yml':
        '- id: f\n  title: F\n  files_scope: [f]\n- id: g\n  title: G\n  description: all\n  files_scope: [g]\n  dependencies:\n    depends_on: [f]\n',
      'w/6.md': '---\nid: h\nfiles_scope: [h]\ndependencies: [g]\n---\n# The title\n\nThe brief.\n',
    })
    expect(plan.diagnostics).toEqual([])
    expect(plan.workstreams.map(({ id, title, dependsOn, tasks }) => ({ id, title, dependsOn, tasks }))).toEqual([
      { id: 'a', title: 'do it', dependsOn: [], tasks: ['do it'] },
      { id: 'b', title: 'do it', dependsOn: [], tasks: ['do it'] },
      { id: 'c', title: 'do it', dependsOn: ['a'], tasks: ['do it'] },
      { id: 'd', title: 'x', dependsOn: [], tasks: ['x'] },
      { id: 'e', title: 'do it', dependsOn: ['a', 'b'], tasks: ['do it'] },
      { id: 'f', title: 'F', dependsOn: [], tasks: [] },
      { id: 'g', title: 'G', dependsOn: ['f'], tasks: [] },
      { id: 'h', title: 'The title', dependsOn: ['g'], tasks: [] },
    ])
    expect(plan.workstreams.at(-1)!.description).toBe('# The title\n\nThe brief.')
  })

  it('all keys', async () => {
    const plan = await load({
      'w/a.json': ws('a', {
        title: 'A',
        description: 'Why',
        files_create: ['new.ts'],
        acceptance_tests: ['npm test', 'It looks good', { name: 'lint', run: 'make lint' }, { name: 'ask Ann' }],
        tool: 'aider',
        fallback: ['manual'],
        priority: 'high',
        track: 'core',
        gate: 2,
        circuit_breaker: { max_attempts: 5, max_error_repeats: 2, oscillation_threshold: 1 },
        timeout_minutes: 0.5,
        estimated_hours: '10-14',
        allow_empty: true,
        metadata: { owner: 'ann' },
      }),
    })
    expect(plan.diagnostics).toEqual([])
    const { digest, ...workstream } = plan.workstreams[0]!
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(workstream).toEqual({
      id: 'a',
      title: 'A',
      file: 'w/a.json',
      tasks: ['do it'],
      description: 'Why',
      filesScope: ['a.ts'],
      filesCreate: ['new.ts'],
      dependsOn: [],
      acceptance: [
        { name: 'npm test', run: 'npm test' },
        { name: 'It looks good', run: null },
        { name: 'lint', run: 'make lint' },
        { name: 'ask Ann', run: null },
      ],
      tool: 'aider',
      fallback: ['manual'],
      priority: 10,
      track: 'core',
      gate: 2,
      breaker: { attemptsMax: 5, errorRepeatsMax: 2, oscillationsMax: 1 },
      timeoutMinutes: 0.5,
      estimateMinutes: 720,
      allowEmpty: true,
      sparse: null,
      metadata: { owner: 'ann' },
    })
  })

  it('estimates in metadata', async () => {
    const plan = await load({
      'w/a.json': [
        ws('a', { metadata: { estimated_hours: 3 } }),
        ws('b', { metadata: { estimated_effort_hours: '8-10h' } }),
        ws('c', { metadata: { estimated_hours: 'who knows' } }),
      ],
    })
    expect(plan.workstreams.map(({ estimateMinutes }) => estimateMinutes)).toEqual([180, 540, null])
  })

  it('Windows: byte order marks, line ends, UTF-16', async () => {
    const json = JSON.stringify(ws('a'), null, 2).replaceAll('\n', '\r\n')
    const plan = await load({
      'w/1.json': `\uFEFF${json}`,
      'w/2.yaml': '\uFEFFid: b\r\ntitle: B\r\nfiles_scope:\r\n  - b\r\n',
      'w/3.md': '\uFEFF---\r\nid: c\r\nfiles_scope: [c]\r\n---\r\nText\r\n',
      'w/4.json': Buffer.from(`\uFEFF${json.replaceAll('"a', '"d')}`, 'utf16le'),
    })
    expect(plan.diagnostics).toEqual([])
    expect(plan.workstreams.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('the digest changes with the definition, and with nothing else', async () => {
    const digest = async (files: Record<string, unknown>) => (await load(files)).workstreams[0]!.digest
    const first = await digest({ 'w/a.json': ws('a') })
    expect(await digest({ 'w/other.json': [ws('a')] })).toBe(first)
    expect(await digest({ 'w/a.json': ws('a', { depends_on: [] }) })).toBe(first)
    expect(await digest({ 'w/a.json': ws('a', { tasks: ['do it well'] }) })).not.toBe(first)
  })
})

describe('what is not valid is reported, all of it, with places', () => {
  it('a broken file does not hide the others', async () => {
    const plan = await load({
      'w/1.json': '{\n  "id": "a",\n}',
      'w/2.json': ws('b', { depends_on: ['parser'] }),
      'w/3.yaml': 'id: [',
      'w/4.json': ws('c', { priority: 'hihg', gate: 'one' }),
    })
    expect(messages(plan)).toEqual([
      'w/1.json:2:12 E103 error not valid JSON: trailing comma before }',
      'w/2.json:10:5 E102 error b depends on parser, which is not in the plan',
      expect.stringMatching(/^w\/3\.yaml:1:\d+ E103 error not valid YAML/),
      'w/4.json:9:15 E103 error `priority` is "hihg"; did you mean high?',
      'w/4.json:10:11 E103 error `gate` is "one", not a number of at least 0',
    ])
    expect(plan.diagnostics[1]!.fix).toBe('correct w/1.json, w/3.yaml first: it may be there; else delete the entry')
    expect(plan.workstreams.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  it('unknown keys: kept, and reported once per name', async () => {
    const plan = await load({
      'w/1.json': ws('a', { depend_on: ['b'], ticket: 7 }),
      'w/2.json': ws('b', { ticket: 8, circuit_breaker: { max_attemps: 2 } }),
    })
    expect(messages(plan)).toEqual([
      'w/1.json:9:3 E103 warning unknown key `depend_on`, kept under metadata',
      'w/1.json:12:3 E103 warning unknown key `ticket`, kept under metadata (2 times in this plan, here first)',
      'w/2.json:11:5 E103 warning unknown key `circuit_breaker.max_attemps`, kept under metadata',
    ])
    expect(plan.diagnostics.map(({ fix }) => fix)).toEqual([
      'did you mean `depends_on`?',
      'put it under `metadata`',
      'did you mean `circuit_breaker.max_attempts`?',
    ])
    expect(plan.workstreams[0]!.metadata).toEqual({ depend_on: ['b'], ticket: 7 })
    expect(plan.workstreams[1]!.metadata).toEqual({ ticket: 8, circuit_breaker: { max_attemps: 2 } })
    expect(hasErrors(plan.diagnostics)).toBe(false)
  })

  it('a key named like a property of every object is a key like any other', async () => {
    const plan = await load({
      'w/1.json': '{"id": "a", "title": "A", "files_scope": ["a"], "__proto__": {"x": 1}, "constructor": 2}',
    })
    expect(Object.keys(plan.workstreams[0]!.metadata)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(plan.workstreams[0]!.metadata)).toBe(Object.prototype)
  })

  it('ids: missing, not usable, used twice', async () => {
    const plan = await load({
      'w/1.json': { tasks: ['x'] },
      'w/2.json': ws('../x'),
      'w/3.yaml': 'id: 7\ntitle: x\n',
      'w/4.json': ws('same'),
      'w/5.json': [ws('SAME')],
    })
    expect(plan.diagnostics.map(({ file, line, message, fix }) => `${file}:${line} ${message} | ${fix}`)).toEqual([
      'w/1.json:1 a workstream has no `id` | add "id": "1"',
      expect.stringMatching(/^w\/2\.json:2 "\.\.\/x" cannot be an id: use .* \| did you mean "x"\?$/),
      'w/3.yaml:1 7 cannot be an id: an id is a text, so put quotes around it | did you mean "7"?',
      'w/5.json:3 the id same, SAME is used 2 times: w/4.json:2, w/5.json:3 | give each its own id (upper and lower case count as the same)',
    ])
    expect(plan.workstreams.map(({ id }) => id)).toEqual(['same'])
  })

  it('duplicate entries are warnings and count once', async () => {
    const plan = await load({ 'w/1.json': [ws('a'), ws('b', { depends_on: ['a', 'A'], blocked_by: ['a'] })] })
    expect(plan.duplicateDependencies).toBe(2)
    expect(plan.workstreams[1]!.dependsOn).toEqual(['a'])
    expect(plan.diagnostics.map(({ code, severity, message }) => `${code} ${severity} ${message}`)).toEqual([
      'E103 warning b names the dependency a twice',
      'E103 warning b names the dependency a twice',
    ])
  })

  it('unknown dependencies, with what was meant', async () => {
    const plan = await load({ 'w/1.json': [ws('ws-parser'), ws('b', { depends_on: ['ws-praser'] })] })
    expect(plan.diagnostics).toMatchObject([{ code: 'E102', workstream: 'b', fix: 'did you mean "ws-parser"?' }])
  })

  it('cycles as closed paths with the file of each edge, every one of them', async () => {
    const plan = await load({
      'w/1.json': ws('a', { depends_on: ['b'] }),
      'w/2.json': ws('b', { depends_on: ['a'] }),
      'w/3.json': ws('c', { depends_on: ['c', 'a'] }),
      'w/4.json': ws('d', { depends_on: ['a'] }),
    })
    expect(plan.diagnostics.map(({ code, message, fix }) => ({ code, message, fix }))).toEqual([
      {
        code: 'E101',
        message: 'dependency cycle: a -> b -> a',
        fix: 'delete one of: a -> b (w/1.json:10), b -> a (w/2.json:10)',
      },
      { code: 'E101', message: 'dependency cycle: c -> c', fix: 'delete one of: c -> c (w/3.json:10)' },
    ])
  })

  it('wrong types and scopes that lead out', async () => {
    const wrong = { tasks: [1], files_scope: ['../x'], allow_empty: 'yes', metadata: 3, acceptance_tests: [4] }
    const plan = await load({ 'w/1.json': [ws('a', wrong), 'text'] })
    expect(plan.diagnostics.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 a says nothing about what to do',
      '2 a has no scope: it may change any file',
      '5 `tasks` holds 1, not a text',
      '8 "../x" cannot be a scope: it leads out of the repository',
      '10 `allow_empty` is "yes", not true or false',
      '11 `metadata` is 3, not an object',
      '13 an acceptance test is 4',
      '16 a workstream is "text", not an object',
    ])
  })

  it('says when there is nothing to do, no scope, and a program is missing', async () => {
    const plan = await load({ 'w/1.json': { id: 'a', acceptance_tests: ['cargo test --all'] } })
    expect(plan.diagnostics.every(({ severity }) => severity === 'warning')).toBe(true)
    expect(plan.diagnostics.map(({ message }) => message).sort()).toEqual([
      '"cargo test --all" is not executed: there is no program cargo',
      'a has no scope: it may change any file',
      'a says nothing about what to do',
    ])
  })
})

it('says that the workstreams of a bundle are a list', async () => {
  const plan = await load({ 'w/1.json': '{\n  "workstreams": {}\n}\n', 'w/2.yaml': 'workstreams: soon\n' })
  expect(messages(plan)).toEqual([
    'w/1.json:2:18 E103 error `workstreams` is an object, not a list',
    'w/2.yaml:1:14 E103 error `workstreams` is "soon", not a list',
  ])
})

it('refuses empty texts and scopes that can cover nothing', async () => {
  const plan = await load({
    'w/1.json': ws('a', { files_scope: ['', '.git/config', 'a{b', 'a'], depends_on: [''] }),
    'w/2.json': ws('b', { files_scope: 'b', depends_on: '', blocked_by: null }),
  })
  expect(plan.diagnostics.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '7 "" cannot be a scope: it names nothing',
    '8 ".git/config" cannot be a scope: what is below .git belongs to git',
    '9 "a{b" cannot be a scope: a brace without its partner',
    '13 a dependency is an empty text',
  ])
})

it('goes on behind a key that is written twice', async () => {
  const plan = await load({
    'w/1.json': '{\n  "id": "a",\n  "id": "a",\n  "tasks": 3,\n  "files_scope": ["a"]\n}\n',
    'w/2.yaml': 'id: b\ntrack: x\ntrack: y\nfiles_scope: [b]\ndepends_on: [gone]\ntitle: B\n',
  })
  expect(messages(plan).filter((message) => message.includes('error'))).toEqual([
    'w/1.json:3:3 E103 error key "id" is written twice',
    'w/1.json:4:12 E103 error `tasks` holds 3, not a text',
    'w/2.yaml:3:1 E103 error key "track" is written twice',
    'w/2.yaml:5:14 E102 error b depends on gone, which is not in the plan',
  ])
})

it('names the workstreams that ask for a tool which is not allowed, once for each tool', async () => {
  using folder = folderWith({
    'w/1.json': ws('a', { tool: 'aider' }),
    'w/2.json': ws('b', { fallback: ['codx', 'aider'] }),
    'w/3.json': [3, 4, 5, 6].map((n) => ws(`c${n}`, { tool: 'aider' })),
  })
  const tools = { order: ['codex', 'manual'], settings: {} }
  const plan = await loadPlan(folder.path, { workstreams: [GLOB], tools })
  expect(messages(plan)).toEqual([
    'w/1.json:9:11 E106 warning a, b, c3, c4, c5 and 1 more ask for aider, which tools.order does not allow: it is ignored',
    'w/2.json:9:15 E106 warning b asks for codx, which tools.order does not allow: it is ignored',
  ])
  expect(plan.diagnostics.map(({ fix }) => fix)).toEqual([
    'add aider to tools.order in sluice.yaml, if it may be used',
    'did you mean codex?',
  ])
  expect(hasErrors(plan.diagnostics)).toBe(false)
})

it('says nothing of missing programs where acceptance tests are only shown', async () => {
  using folder = folderWith({ 'w/1.json': ws('a', { acceptance_tests: ['cargo test --all'] }) })
  const isExecutable = (): boolean => false
  const load = (acceptance: 'run' | 'show') =>
    loadPlan(folder.path, { workstreams: [GLOB], acceptance }, { isExecutable })
  expect((await load('run')).diagnostics).toHaveLength(1)
  expect((await load('show')).diagnostics).toEqual([])
})

describe('files', () => {
  it('no file at all is an error that names the globs and what is there', async () => {
    const plan = await load({ 'w/a.yaml': 'id: a' }, ['w/*.json', 'x/*.md'])
    expect(messages(plan)).toEqual(['sluice.yaml:0:0 E103 error no workstreams: no file matches "w/*.json", "x/*.md"'])
    expect(plan.diagnostics[0]!.fix).toBe('write `workstreams: w/*.yaml` in sluice.yaml (1 such files are there)')
    expect((await load({}, ['w/*.json'])).diagnostics[0]!.fix).toMatch(/sluice init/)
  })

  it('a name that is not there is an error, and an empty plan is one', async () => {
    expect(messages(await load({ 'w/a.json': ws('a') }, ['w/a.json', 'w/b.json']))[0]).toMatch(
      /names w\/b\.json, which is not there/,
    )
    expect(messages(await load({ 'w/a.json': [] }))).toEqual(['w/a.json:0:0 E103 error no workstreams in w/a.json'])
  })

  it('each file once, in the order of names', async () => {
    const plan = await load({ 'w/b.json': ws('b'), 'w/a.json': ws('a'), 'v/z.json': ws('z') }, [
      'w/b.json',
      './w/*.json',
      '**/*.json',
    ])
    expect(plan.workstreams.map(({ file }) => file)).toEqual(['v/z.json', 'w/a.json', 'w/b.json'])
  })

  it('what is no readable text is reported: a folder, a pipe, bytes, another format', async () => {
    using folder = folderWith({ 'w/a.json/x': '', 'w/b.json': new Uint8Array([0xff, 0x00, 0x80]), 'w/c.toml': '' })
    execFileSync('mkfifo', [join(folder.path, 'w/d.json')])
    const plan = await loadPlan(folder.path, { workstreams: ['w/*'] })
    expect(messages(plan)).toEqual([
      'w/a.json:0:0 E103 error a folder, not a file',
      'w/b.json:0:0 E103 error not UTF-8',
      'w/c.toml:0:0 E103 error .toml is not a format of workstreams',
      'w/d.json:0:0 E103 error not a regular file',
    ])
  })

  it('programs are looked for on PATH and, with a right to be executed, in the tree', async () => {
    using folder = folderWith({
      'w/a.json': ws('a', { acceptance_tests: ['./yes.sh', './no.sh', 'yes.sh', 'sh -c true'] }),
      'yes.sh': '#!/bin/sh\n',
      'no.sh': '#!/bin/sh\n',
    })
    chmodSync(join(folder.path, 'yes.sh'), 0o755)
    const plan = await loadPlan(folder.path, { workstreams: [GLOB] })
    expect(plan.workstreams[0]!.acceptance.map(({ run }) => run)).toEqual(['./yes.sh', null, null, 'sh -c true'])
  })
})

it('diagnostics print place, code and message, and the fix below', async () => {
  const plan = await load({ 'w/1.json': [ws('a', { ticket: 1 }), ws('b', { depends_on: ['parser'] })] })
  expect(renderDiagnostics(plan.diagnostics)).toBe(
    [
      'w/1.json:21:7 E102 b depends on parser, which is not in the plan',
      '    add that workstream, or delete the entry',
      'w/1.json:10:5 E103 warning: unknown key `ticket`, kept under metadata',
      '    put it under `metadata`',
      '',
    ].join('\n'),
  )
})
