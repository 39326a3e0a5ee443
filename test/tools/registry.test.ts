import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ACP_TOOLS } from '../../src/model/config.ts'
import { describeTools, isUsable, toolsOf } from '../../src/tools/registry.ts'
import type { DetectContext } from '../../src/tools/tool.ts'
import { scene } from '../process/scene.ts'
import { configOf, settings, stage, writeProgram } from './stage.ts'

const BUILT_IN = ['aider', 'copilot', 'claude', 'codex', 'gemini', 'opencode', 'qwen', 'acp', 'manual', 'demo']

describe('toolsOf', () => {
  it('has every built-in, and those of the configuration first', () => {
    const config = configOf(['mine', 'manual'], { mine: settings({ command: ['sh'] }) })
    const tools = toolsOf(config)
    expect([...tools.keys()].slice(0, 2)).toEqual(['mine', 'manual'])
    expect([...tools.keys()]).toEqual(expect.arrayContaining(BUILT_IN))
    expect(tools.get('mine')?.kind).toBe('process')
    expect(tools.get('manual')?.kind).toBe('human')
    expect(tools.get('claude')).toMatchObject({ kind: 'process', id: 'claude' })
    expect(tools.get('demo')?.kind).toBe('process')
  })

  it('makes a command tool of any name that has a command, and a demo tool of any that has a script', () => {
    const tools = toolsOf(
      configOf([], { claude: settings({ command: ['claude', '-p'] }), swift: settings({ script: 'swift.yaml' }) }),
    )
    expect(tools.get('claude')?.kind).toBe('process')
    expect(tools.get('swift')).toMatchObject({ kind: 'process', id: 'swift' })
  })
})

describe('the Agent Client Protocol', () => {
  const at = (order: string[], all: Parameters<typeof configOf>[1]) => toolsOf(configOf(order, all))

  it('is spoken by `acp`, by any command that says so, and by every agent that the configuration takes it from', async () => {
    await using s = await stage()
    const command = ['some-agent', '--acp']
    const mine = settings({ command, transport: 'acp', permissions: 'ask' })
    const known = ACP_TOOLS.filter((id) => id !== 'acp')
    const all = Object.fromEntries(known.map((id) => [id, settings({ transport: 'acp', model: 'm' })]))
    const tools = at([], { ...all, acp: settings({ command }), mine })
    for (const id of ['acp', 'mine', ...known]) {
      const tool = tools.get(id)!
      if (tool.kind !== 'process') throw new Error(id)
      const { argv, stdinFile } = await tool.prepare(s.context({ session: 's-1' }))
      expect({ id, client: argv[1], stdinFile }).toMatchObject({
        client: expect.stringMatching(/acp\/client\.ts$/),
        stdinFile: null,
      })
      const permissions = id === 'mine' ? 'ask' : 'allow'
      const order = { session: 's-1', model: null, permissions, answers: s.context().dir, promptFile: s.at('brief.md') }
      expect(JSON.parse(argv[2]!)).toEqual(order)
      expect(argv.slice(3).join(' ')).toMatch(/\bacp\b/)
    }
  })

  it('asks for nothing by itself where all is allowed, and for everything where a person is asked', async () => {
    await using s = await stage()
    const argvOf = async (permissions: 'allow' | 'ask'): Promise<string[]> => {
      const tool = at([], { qwen: settings({ transport: 'acp', permissions }) }).get('qwen')!
      return tool.kind === 'process' ? (await tool.prepare(s.context())).argv : []
    }
    expect((await argvOf('allow')).join(' ')).toContain('--approval-mode yolo')
    expect((await argvOf('ask')).join(' ')).toContain('--approval-mode default')
  })
})

describe('describeTools', () => {
  it('says of each whether it is there, and why a run would not use it', async () => {
    await using s = await scene()
    mkdirSync(s.at('bin'))
    const claude = writeProgram(s.at('bin'), 'claude', '#!/bin/sh\necho "9.8.7 (Some Agent)"\n')
    writeProgram(s.at('bin'), 'codex', '#!/bin/sh\nexit 1\n')
    // Its grandchild holds the pipe open, which must not hold us.
    const grandchild = `#!/bin/sh\n(: >up; read x <hold) &\necho 'qwen 1.2.3-beta'\n`
    writeProgram(s.at('bin'), 'qwen', grandchild.replaceAll('up;', `${s.at('up')};`).replace('hold', s.at('hold')))
    s.hold('hold')
    const environment = { PATH: `${s.at('bin')}:/usr/bin:/bin`, SLUICE_NONCE: 'x', ANTHROPIC_API_KEY: 'secret-1' }
    const context: DetectContext = { root: s.dir, environment, versions: true }
    const config = configOf(['mine', 'absent'], {
      mine: settings({ command: ['sh', '-c', 'true'] }),
      absent: settings({ command: ['no-such-agent'] }),
    })
    const rows = new Map((await describeTools(config, context)).map((row) => [row.id, row]))
    await s.free('hold')
    expect([...rows.keys()]).toEqual(expect.arrayContaining([...BUILT_IN, 'mine', 'absent']))
    expect(rows.get('mine')).toMatchObject({ installed: true, reason: null })
    expect(rows.get('absent')).toMatchObject({ installed: false, path: null })
    expect(rows.get('claude')).toMatchObject({ installed: true, version: '9.8.7', path: claude })
    expect(rows.get('claude')).toMatchObject({ auth: 'found', reason: null })
    expect(rows.get('codex')).toMatchObject({ installed: true, version: null, auth: 'missing' })
    expect(rows.get('codex')?.reason).toContain('set OPENAI_API_KEY or CODEX_API_KEY')
    expect(JSON.stringify([...rows.values()])).not.toContain('secret-1')
    expect(rows.get('qwen')).toMatchObject({ version: '1.2.3-beta' })
    expect(rows.get('aider')).toMatchObject({ installed: false, version: null })
    expect(rows.get('aider')?.reason).toContain('pipx install aider-chat')
    expect(rows.get('acp')?.reason).toContain('add `command: [program, argument]` under `tools.acp`')
    expect(rows.get('manual')).toMatchObject({ installed: true, auth: 'not-needed', reason: null })

    const usable = [...rows.values()].filter(isUsable).map(({ id }) => id)
    expect(usable).toEqual(['mine', 'claude', 'manual'])
  })

  it('starts no program when no versions are wanted', async () => {
    await using s = await scene()
    mkdirSync(s.at('bin'))
    writeProgram(s.at('bin'), 'claude', `#!/bin/sh\ntouch ${s.at('started')}\n`)
    const context: DetectContext = { root: s.dir, environment: { PATH: s.at('bin') }, versions: false }
    const row = (await describeTools(configOf([], {}), context)).find(({ id }) => id === 'claude')
    expect(row).toMatchObject({ installed: true, version: null })
    const { existsSync } = await import('node:fs')
    expect(existsSync(s.at('started'))).toBe(false)
  })
})
