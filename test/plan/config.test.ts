import { describe, expect, it } from 'vitest'
import { parseConfig, readConfig } from '../../src/plan/config.ts'
import { folderWith } from './folder.ts'

async function configOf(text: string) {
  const reading = await parseConfig(text, 'sluice.yaml')
  if ('diagnostics' in reading) throw new Error(JSON.stringify(reading.diagnostics, null, 2))
  return reading.config
}

async function findingsOf(text: string): Promise<string[]> {
  const reading = await parseConfig(text, 'sluice.yaml')
  if ('config' in reading) return []
  return reading.diagnostics.map(({ line, column, message, fix }) => `${line}:${column} ${message} | ${fix}`)
}

const SAMPLE = `version: 1
target: trunk
workstreams: [plans/*.md, more/*.yaml]
agents: auto
tools:
  order: [aider, script, manual]
  aider: { model: gpt-5, args: [], base_url: "http://127.0.0.1:9/v1", key_env: MY_KEY, price: [3, 15] }
  script: { command: ["./agent.sh", "{prompt_file}"], success_exit_codes: [0, 3], env: { A: b }, pass_env: [HOME], prompt: stdin, idle_minutes: 0.1, transport: acp, permissions: ask }
limits: { timeout_minutes: 30, idle_minutes: 10, attempts: 3, memory_limit_mb: 4000, budget_usd: 40, workstream_budget_usd: 4 }
watch: { cpu: { warn: [90, 30s] }, errors: false }
workspace: { setup: "npm ci --prefer-offline", inputs: [package-lock.json], copy: [.env.local], keep: [node_modules] }
paths: { work: ../.sluice-work, logs: .sluice/logs }
gate: ["npm test", { name: lint, run: npm run lint, timeout_minutes: 2, paths: [src/**] }]
landing:
  resolve: [reorder, drivers, human]
  regenerate: [{ paths: package-lock.json, run: npm install --package-lock-only }]
  drivers: { CHANGELOG.md: union, "docs/*.log": union }
  window: 4
  approve: ["ws-22", "gate>=3"]
after: [{ name: tests, run: pytest tests/ }]
acceptance: show
scope: block
sandbox: false
notify: { when: [needs-you, done], command: "notify-send {title}" }
`

describe('sluice.yaml', () => {
  it('every key', async () => {
    const config = await configOf(SAMPLE)
    expect(config).toMatchObject({
      target: 'trunk',
      workstreams: ['plans/*.md', 'more/*.yaml'],
      agents: 'auto',
      limits: {
        timeoutMinutes: 30,
        idleMinutes: 10,
        attempts: 3,
        memoryLimitMb: 4000,
        budgetUsd: 40,
        workstreamBudgetUsd: 4,
      },
      workspace: {
        setup: 'npm ci --prefer-offline',
        inputs: ['package-lock.json'],
        copy: ['.env.local'],
        keep: ['node_modules'],
      },
      paths: { work: '../.sluice-work', logs: '.sluice/logs' },
      gate: [
        { name: 'npm test', run: 'npm test', timeoutMinutes: null, paths: [] },
        { name: 'lint', run: 'npm run lint', timeoutMinutes: 2, paths: ['src/**'] },
      ],
      landing: {
        resolve: ['reorder', 'drivers', 'human'],
        regenerate: [{ paths: ['package-lock.json'], run: 'npm install --package-lock-only' }],
        drivers: { 'CHANGELOG.md': 'union', 'docs/*.log': 'union' },
        window: 4,
        approve: ['ws-22', 'gate>=3'],
      },
      after: [{ name: 'tests', run: 'pytest tests/' }],
      acceptance: 'show',
      scope: 'block',
      sandbox: 'off',
      notify: { when: ['needs-you', 'done'], command: 'notify-send {title}' },
    })
    expect(config.tools.order).toEqual(['aider', 'script', 'manual'])
    expect(config.tools.settings['script']).toEqual({
      command: ['./agent.sh', '{prompt_file}'],
      script: null,
      model: null,
      baseUrl: null,
      keyEnv: null,
      price: null,
      args: [],
      env: { A: 'b' },
      passEnv: ['HOME'],
      successExitCodes: [0, 3],
      timeoutMinutes: null,
      idleMinutes: 0.1,
      prompt: 'stdin',
      transport: 'acp',
      permissions: 'ask',
    })
    expect(config.tools.settings['aider']).toMatchObject({
      model: 'gpt-5',
      baseUrl: 'http://127.0.0.1:9/v1',
      keyEnv: 'MY_KEY',
      price: { input: 3, output: 15 },
    })
    expect(config.watch).toMatchObject({
      cpu: { warn: { value: 90, forMs: 30_000 }, critical: { value: 100, forMs: 600_000 } },
      errors: false,
    })
  })

  it('an empty file is all defaults', async () => {
    const config = await configOf('\uFEFF# nothing\r\n'.slice(1))
    expect(config).toMatchObject({
      target: 'main',
      workstreams: ['workstreams/*.json'],
      agents: 3,
      tools: { order: ['aider', 'copilot', 'manual'], settings: {} },
      limits: { timeoutMinutes: 30, idleMinutes: 10, attempts: 3, memoryLimitMb: null, budgetUsd: null, fileMb: 100 },
      watch: {
        memory: { warn: { value: 70 }, critical: { value: 90 } },
        diskIo: { warn: { value: 100, forMs: 60_000 } },
      },
      gate: null,
      landing: {
        resolve: ['reorder', 'regenerate', 'drivers', 'rerere', 'tool', 'another-tool', 'human'],
        regenerate: [],
        drivers: {},
        window: 'auto',
        approve: [],
        lineEndings: 'reject',
      },
      after: [],
      acceptance: 'run',
      scope: 'park',
      sandbox: 'auto',
    })
  })

  it('an empty gate says that none is wanted; a key with nothing behind it says nothing', async () => {
    expect((await configOf('gate: []')).gate).toEqual([])
    expect((await configOf('gate:\nlimits:\n  attempts:\n')).gate).toBeNull()
    expect((await configOf('gate: npm test')).gate).toHaveLength(1)
  })

  it('sandbox: off, in words and as YAML 1.1 reads it', async () => {
    expect((await configOf('sandbox: off')).sandbox).toBe('off')
    expect((await configOf('%YAML 1.1\n---\nsandbox: off')).sandbox).toBe('off')
  })
})

describe('what is wrong is reported, all of it', () => {
  it('a script makes any name a demo tool, and it needs no command', async () => {
    expect(await findingsOf('tools: { order: [second], second: { script: steps.yaml } }\n')).toEqual([])
  })

  it('unknown keys at every depth, with what was meant', async () => {
    const text =
      'agent: 3\nlimits:\n  timeout: 3\n  atempts: 2\ngate:\n  - { name: x, run: y, timeout_minute: 1 }\ntools:\n  aider: { modle: x }\n'
    expect(await findingsOf(text)).toEqual([
      '1:1 unknown key `agent` | did you mean `agents`?',
      expect.stringMatching(
        /^3:3 unknown key `limits\.timeout` \| delete it; known here: timeout_minutes, idle_minutes, attempts/,
      ),
      '4:3 unknown key `limits.atempts` | did you mean `attempts`?',
      '6:24 unknown key `gate[0].timeout_minute` | did you mean `timeout_minutes`?',
      '8:12 unknown key `tools.aider.modle` | did you mean `model`?',
    ])
  })

  it('wrong values, with what is expected', async () => {
    const text = [
      'version: 2',
      'agents: 0',
      'gate: [3, { name: x }]',
      'sandbox: true',
      'scope: parc',
      'watch: { cpu: { warn: [80, 5] } }',
      'limits: { attempts: 1.5, timeout_minutes: "30" }',
    ].join('\n')
    expect(await findingsOf(text)).toEqual([
      '1:10 `version` is 2, not 1 | write 1',
      '2:9 `agents` is 0, not a whole number of at least 1 | write a whole number of at least 1',
      '3:8 `gate[0]` is 3, not a command, or { name, run, timeout_minutes, paths } | write a command, or { name, run, timeout_minutes, paths }',
      '3:11 `gate[1].run` is missing | add `run`: a text',
      '4:10 `sandbox` is true, not off, auto or strict | write off, auto or strict',
      '5:8 `scope` is "parc", not park, block or allow | write park, block or allow',
      '6:28 `watch.cpu.warn[1]` is 5, not a time like 5m | write a time like 5m',
      '7:21 `limits.attempts` is 1.5, not a whole number | write a whole number',
      '7:43 `limits.timeout_minutes` is "30", not a number of minutes | write a number of minutes',
    ])
  })

  it('ways to settle a conflict that are none, and paths that lead out', async () => {
    const text = [
      'landing:',
      '  resolve: [ours]',
      '  regenerate: [{ paths: [../lock], run: x }, { paths: [a] }]',
      '  drivers: { a: theirs }',
    ].join('\n')
    expect(await findingsOf(text)).toEqual([
      expect.stringMatching(/^2:13 `landing\.resolve\[0\]` is "ours", not reorder, regenerate, drivers, rerere,/),
      expect.stringMatching(/^3:\d+ `landing\.regenerate\[0\]\.paths\[0\]` is "\.\.\/lock", not a path or glob inside/),
      expect.stringMatching(/^3:\d+ `landing\.regenerate\[1\]\.run` is missing/),
      expect.stringMatching(/^4:17 `landing\.drivers\.a` is "theirs", not union/),
    ])
    expect(await findingsOf('landing: { drivers: { ../a: union } }')).toEqual([
      expect.stringContaining('not paths inside the repository and drivers'),
    ])
  })

  it('tools of the order that are nothing, and tools without a command', async () => {
    const text = 'tools:\n  order: [adier, mine, manual]\n  script: { args: [x] }\n'
    expect(await findingsOf(text)).toEqual([
      '2:11 unknown tool adier | did you mean `aider`?',
      expect.stringMatching(/^2:18 unknown tool mine \| (define it|did you mean)/),
      '3:3 tool script has no command | add `command: [program, argument]`',
    ])
    expect(await findingsOf('tools: { ordr: [aider] }')).toContainEqual(
      expect.stringContaining('did you mean `order`?'),
    )
  })

  it('ACP for tools that do not speak it, and what only ACP can do without it', async () => {
    const text = 'tools:\n  claude: { transport: acp }\n  qwen: { permissions: ask }\n  acp: { permissions: ask }\n'
    expect(await findingsOf(text)).toEqual([
      '2:24 claude does not speak ACP by itself | name the program that does: `command: [claude-acp]`, or leave `transport` out',
      '3:11 `tools.qwen.permissions` is for ACP, and qwen asks nobody without it | add `transport: acp`',
    ])
  })

  it('a key that is written twice, broken YAML, a file that is no mapping', async () => {
    expect(await findingsOf('agents: 1\nagents: 2\n')).toEqual(['2:1 key "agents" is written twice | keep one of them'])
    expect((await findingsOf('gate: [a\n'))[0]).toMatch(/not valid YAML/)
    expect((await findingsOf('- a\n'))[0]).toMatch(/^1:1 the file is a list, not keys and values/)
    expect((await findingsOf('hello'))[0]).toMatch(/^1:1 the file is "hello", not keys and values/)
  })
})

describe('the file', () => {
  it('may be missing, but not under another name', async () => {
    using none = folderWith({})
    expect(await readConfig(none.path)).toHaveProperty('config')
    using other = folderWith({ 'sluice.yml': 'agents: 2' })
    expect(await readConfig(other.path)).toMatchObject({
      diagnostics: [{ file: 'sluice.yml', fix: 'rename it to sluice.yaml' }],
    })
  })

  it('with a byte order mark and Windows line ends', async () => {
    using folder = folderWith({ 'sluice.yaml': '\uFEFFversion: 1\r\nagents: 5\r\ngate:\r\n  - npm test\r\n' })
    expect(await readConfig(folder.path)).toMatchObject({ config: { agents: 5, gate: [{ run: 'npm test' }] } })
  })
})
