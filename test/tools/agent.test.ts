import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ToolSettings } from '../../src/model/config.ts'
import { toolsOf } from '../../src/tools/registry.ts'
import type { AttemptContext, Prepared, ProcessTool } from '../../src/tools/tool.ts'
import { PATH } from '../process/scene.ts'
import { configOf, sampleTask, settings, stage, writeProgram } from './stage.ts'
import type { Stage } from './stage.ts'

const AGENTS = ['aider', 'copilot', 'claude', 'codex', 'gemini', 'opencode', 'qwen'] as const

/** Every key that any of them knows, each with a value that can be told from the others. */
const KEYS = Object.fromEntries(
  [
    'ANTHROPIC_API_KEY',
    'OPENAI_API_KEY',
    'CODEX_API_KEY',
    'GEMINI_API_KEY',
    'OPENROUTER_API_KEY',
    'GH_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
  ].map((name) => [name, `secret of ${name}`]),
)

function agent(id: string, more: Partial<ToolSettings> = {}): ProcessTool {
  const tool = toolsOf(configOf([id], { [id]: settings(more) })).get(id)
  if (tool?.kind !== 'process') throw new Error(`${id} is no process`)
  return tool
}

function prepare(
  s: Stage,
  id: string,
  more: Partial<ToolSettings> = {},
  context: Partial<AttemptContext> = {},
): Promise<Prepared> {
  return agent(id, more).prepare(s.context({ environment: { PATH, ...KEYS }, ...context }))
}

const secretsIn = ({ env }: Prepared): string[] =>
  Object.keys(KEYS).filter((name) => Object.values(env).includes(KEYS[name]!))

describe('every coding agent', () => {
  it.each(AGENTS)('%s keeps its own things in the folder of the attempt, and sees no key but its own', async (id) => {
    await using s = await stage()
    const prepared = await prepare(s, id, { model: 'some-model', args: ['--one-more'] })
    expect(prepared.env).toMatchObject({
      HOME: s.at('home'),
      TMPDIR: s.at('tmp'),
      XDG_CONFIG_HOME: s.at('state/config'),
    })
    expect(prepared.env['AWS_SECRET_ACCESS_KEY']).toBeUndefined()
    expect(secretsIn(prepared)).not.toContain('AWS_SECRET_ACCESS_KEY')
    expect(prepared.argv.join(' ')).toContain('some-model')
    expect(prepared.argv).toContain('--one-more')
    for (const { path } of prepared.files) expect(path.startsWith(`${s.at('state')}/`)).toBe(true)
    // A secret on a command line is everybody's to read, and one in a file stays.
    const written = JSON.stringify([prepared.argv, prepared.files])
    expect(written).not.toContain('secret of')
  })

  it.each([
    ['claude', ['ANTHROPIC_API_KEY']],
    ['codex', ['OPENAI_API_KEY', 'CODEX_API_KEY']],
    ['gemini', ['GEMINI_API_KEY']],
    ['qwen', ['OPENAI_API_KEY']],
    ['copilot', ['GH_TOKEN']],
  ])('%s gets %j', async (id, names) => {
    await using s = await stage()
    expect(secretsIn(await prepare(s, id)).toSorted()).toEqual(names.toSorted())
  })

  it.each([
    ['claude', 'ANTHROPIC_BASE_URL', 'http://127.0.0.1:1'],
    ['gemini', 'GOOGLE_GEMINI_BASE_URL', 'http://127.0.0.1:1'],
    ['qwen', 'OPENAI_BASE_URL', 'http://127.0.0.1:1/v1'],
    ['aider', 'OPENAI_API_BASE', 'http://127.0.0.1:1/v1'],
    ['copilot', 'COPILOT_PROVIDER_BASE_URL', 'http://127.0.0.1:1/v1'],
  ])('%s is sent to another address by %s', async (id, variable, baseUrl) => {
    await using s = await stage()
    const key = { baseUrl, keyEnv: 'MY_KEY', model: 'm' }
    const environment = { PATH, ...KEYS, MY_KEY: 'mine' }
    const { env } = await prepare(s, id, key, { environment })
    expect(env[variable]).toBe(baseUrl)
    expect(Object.values(env)).toContain('mine')
    expect(Object.values(env).join()).not.toContain('secret of')
    // The user's own variable counts when the settings say nothing.
    const own = await prepare(s, id, { model: 'm' }, { environment: { PATH, ...KEYS, [variable]: 'http://own' } })
    expect(own.env[variable]).toBe('http://own')
  })

  it('codex and opencode are told of another address in their configuration, without the key', async () => {
    await using s = await stage()
    const at = { baseUrl: 'http://127.0.0.1:1/v1', model: 'm' }
    const codex = await prepare(s, 'codex', at)
    expect(codex.argv.join(' ')).toContain('base_url="http://127.0.0.1:1/v1",env_key="OPENAI_API_KEY"')
    const opencode = await prepare(s, 'opencode', at)
    expect(opencode.argv).toContain('sluice/m')
    const config: unknown = JSON.parse(opencode.env['OPENCODE_CONFIG_CONTENT']!)
    expect(config).toMatchObject({
      provider: { sluice: { options: { baseURL: 'http://127.0.0.1:1/v1', apiKey: '{env:OPENAI_API_KEY}' } } },
    })
  })

  it.each([
    ['claude', '--resume the-session'],
    ['codex', 'resume the-session -'],
    ['copilot', '--resume=the-session'],
    ['gemini', '--resume the-session'],
    ['opencode', '-s the-session'],
    ['qwen', '--resume the-session'],
  ])('%s goes on with an earlier session', async (id, argument) => {
    await using s = await stage()
    expect((await prepare(s, id, {}, { session: 'the-session' })).argv.join(' ')).toContain(argument)
    expect((await prepare(s, id)).argv.join(' ')).not.toMatch(/resume|-s /)
  })

  it('gets a brief of any length: on stdin, or in a file', async () => {
    await using s = await stage()
    for (const id of AGENTS) {
      const { argv, stdinFile } = await prepare(s, id, {}, { prompt: 'x'.repeat(200_000) })
      expect(argv.join('').length).toBeLessThan(5_000)
      expect(id === 'aider' ? argv : [stdinFile]).toContain(s.at('brief.md'))
    }
  })

  it('is not usable without a key, unless something that we know nothing of may be one', async () => {
    await using s = await stage()
    writeProgram(s.at('root'), 'claude', '#!/bin/sh\n')
    const look = (more: Partial<ToolSettings>, environment: Record<string, string> = {}) =>
      agent('claude', more).detect({
        root: s.at('root'),
        environment: { PATH: s.at('root'), ...environment },
        versions: false,
      })
    expect(await look({})).toMatchObject({ installed: true, auth: 'missing' })
    expect((await look({})).reason).toContain('set ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN or CLAUDE_CODE_OAUTH_TOKEN')
    expect(await look({}, { CLAUDE_CODE_OAUTH_TOKEN: 'x' })).toMatchObject({ auth: 'found', reason: null })
    expect(await look({ keyEnv: 'MINE' }, { ANTHROPIC_API_KEY: 'x' })).toMatchObject({ auth: 'missing' })
    expect(await look({ keyEnv: 'MINE' }, { MINE: 'x' })).toMatchObject({ auth: 'found', reason: null })
    expect(await look({ env: { CLAUDE_CODE_USE_BEDROCK: '1' } })).toMatchObject({ auth: 'unknown', reason: null })
  })
})

/** What a proxy at port 7 has given for these keys. */
const exchangedFor = (...names: string[]): AttemptContext['exchanged'] => ({
  origin: 'http://127.0.0.1:7',
  tokens: Object.fromEntries(names.map((name) => [name, `token for ${name}`])),
})

describe('a key that an agent need not see', () => {
  it.each([
    ['claude', ['ANTHROPIC_API_KEY'], 'ANTHROPIC_BASE_URL', 'http://127.0.0.1:7'],
    ['gemini', ['GEMINI_API_KEY'], 'GOOGLE_GEMINI_BASE_URL', 'http://127.0.0.1:7'],
    ['aider', ['OPENAI_API_KEY'], 'OPENAI_API_BASE', 'http://127.0.0.1:7/v1'],
    ['codex', ['OPENAI_API_KEY', 'CODEX_API_KEY'], null, 'base_url="http://127.0.0.1:7/v1",env_key="OPENAI_API_KEY"'],
    [
      'opencode',
      ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'],
      'OPENCODE_CONFIG_CONTENT',
      '"baseURL":"http://127.0.0.1:7/v1"',
    ],
  ])('is exchanged: %s gets a token for %j, and is sent to the proxy', async (id, names, variable, address) => {
    await using s = await stage()
    const access = agent(id).access!({ PATH, ...KEYS })
    expect(access.map(({ name }) => name)).toEqual(names)
    for (const { name, key } of access) expect(key).toBe(KEYS[name])
    const prepared = await prepare(s, id, { model: 'm' }, { exchanged: exchangedFor(...names) })
    for (const name of names) expect(prepared.env[name]).toBe(`token for ${name}`)
    expect(secretsIn(prepared).filter((name) => names.includes(name))).toEqual([])
    expect(variable === null ? prepared.argv.join(' ') : prepared.env[variable]).toContain(address)
    expect(prepared.argv.join(' ') + JSON.stringify(prepared.files)).not.toContain('token for')
    // Through a proxy of the user's nobody would be found there.
    expect([prepared.env['NO_PROXY'], prepared.env['no_proxy']]).toEqual(['127.0.0.1', '127.0.0.1'])
    // The model is called what the user calls it.
    if (id === 'aider' || id === 'opencode') expect(prepared.argv).toContain('m')
  })

  it.each([
    ['claude', 'ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
    ['gemini', 'GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL'],
    ['qwen', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'],
    ['aider', 'OPENAI_API_KEY', 'OPENAI_API_BASE'],
    ['copilot', 'COPILOT_PROVIDER_API_KEY', 'COPILOT_PROVIDER_BASE_URL'],
  ])('is exchanged for %s at an address of the user, whose path is kept', async (id, name, variable) => {
    await using s = await stage()
    const mine = { baseUrl: 'https://models.example.com/a/v1', keyEnv: 'MY_KEY', model: 'm' }
    const environment = { PATH, ...KEYS, MY_KEY: 'mine', NO_PROXY: 'localhost' }
    const [access, ...others] = agent(id, mine).access!(environment)
    expect(others).toEqual([])
    expect(access).toEqual({ name, key: 'mine', url: mine.baseUrl })
    const { env } = await prepare(s, id, mine, { environment, exchanged: exchangedFor(name) })
    expect(env[variable]).toBe('http://127.0.0.1:7/a/v1')
    expect(env[name]).toBe(`token for ${name}`)
    expect(Object.values(env)).not.toContain('mine')
    expect(env['NO_PROXY']).toBe('localhost,127.0.0.1')
  })

  it('is the only one: what would be taken for want of it stays away', async () => {
    await using s = await stage()
    const environment = { PATH, ANTHROPIC_API_KEY: 'key', CLAUDE_CODE_OAUTH_TOKEN: 'login' }
    const { env } = await prepare(s, 'claude', {}, { environment, exchanged: exchangedFor('ANTHROPIC_API_KEY') })
    expect(Object.values(env).filter((value) => value === 'key' || value === 'login')).toEqual([])
  })

  it.each([
    ['a login', 'claude', {}, { CLAUDE_CODE_OAUTH_TOKEN: 'login' }],
    ['a token of GitHub', 'copilot', {}, { GH_TOKEN: 'login' }],
    ['a service whose address is not known', 'qwen', {}, { OPENAI_API_KEY: 'key' }],
    ['a key that is passed on by name', 'claude', { passEnv: ['ANTHROPIC_API_KEY'] }, { ANTHROPIC_API_KEY: 'key' }],
    ['an address of their own', 'claude', { env: { ANTHROPIC_BASE_URL: 'http://x' } }, { ANTHROPIC_API_KEY: 'key' }],
    ['a configuration of their own', 'opencode', { env: { OPENCODE_CONFIG_CONTENT: '{}' } }, { OPENAI_API_KEY: 'key' }],
    ['no key', 'claude', {}, {}],
  ])('is none with %s', (_, id, more: Partial<ToolSettings>, environment: Record<string, string>) => {
    expect(agent(id, more).access!({ PATH, ...environment })).toEqual([])
  })
})

describe('copilot', () => {
  it('is started without the wrapper that npm puts on PATH, wherever that lies', async () => {
    await using s = await stage()
    const packages = s.at('node_modules/@github')
    const name = `copilot-${process.platform}-${process.arch}`
    for (const folder of [`${packages}/copilot`, `${packages}/${name}`, s.at('bin')])
      mkdirSync(folder, { recursive: true })
    writeProgram(`${packages}/copilot`, 'npm-loader.js', '#!/bin/sh\n')
    const native = writeProgram(`${packages}/${name}`, 'copilot', '#!/bin/sh\n')
    symlinkSync(`${packages}/copilot/npm-loader.js`, s.at('bin/copilot'))
    const { argv } = await prepare(s, 'copilot', {}, { environment: { PATH: s.at('bin'), GH_TOKEN: 'x' } })
    expect(realpathSync(argv[0]!)).toBe(realpathSync(native))
  })

  it('tells its usage in a file, which may lead nowhere else', async () => {
    await using s = await stage()
    const tool = agent('copilot')
    expect(tool.leftBehind!(s.at('state'))).toEqual([])
    const usage = { inputTokens: 200, outputTokens: 18, cacheReadTokens: 40 }
    writeFileSync(s.at('real.json'), JSON.stringify({ modelMetrics: { a: { usage }, b: { usage } } }))
    symlinkSync(s.at('real.json'), s.at('state/usage.json'))
    expect(tool.leftBehind!(s.at('state'))).toEqual([])
    const own = s.at('own')
    mkdirSync(own)
    writeFileSync(`${own}/usage.json`, JSON.stringify({ modelMetrics: { a: { usage }, b: { usage } } }))
    expect(tool.leftBehind!(own)).toEqual([
      { type: 'used', of: 'all', usage: { tokensIn: 400, tokensCached: 80, tokensOut: 36, costUsd: null } },
    ])
  })
})

describe('aider', () => {
  it('may edit the files of the scope that are there', async () => {
    await using s = await stage()
    writeFileSync(s.at('worktree/a.ts'), '')
    const workstream = sampleTask({ filesScope: ['a.ts', 'missing.ts', 'src/**', '-x'], filesCreate: ['new.ts'] })
    const { argv } = await prepare(s, 'aider', {}, { workstream })
    expect(argv.at(-1)).toBe('a.ts')
    expect(argv).not.toContain('missing.ts')
    expect(argv).not.toContain('-x')
  })
})
