/**
 * A coding agent, its key and the key proxy, from the start of a run to its landing. A script stands in for Claude Code: it
 * asks a scripted model by what it was given, and tells all that it can see.
 */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CLIENTS } from '../kit/model-server/clients.ts'
import { type ModelServer, startModelServer } from '../kit/model-server/server.ts'
import { planned, type PlannedRepository } from '../kit/plan.ts'
import { UNBOXED } from '../kit/sandbox.ts'
import { straysOf } from '../kit/traces.ts'

/** In no form that the redactor would know: what is not found was not there. */
const CANARY = 'canary-of-the-user-1234567890'

const REQUEST = JSON.stringify(CLIENTS['messages']!.body(0, false))

/** Asks, and again when the test says so; a connection that is refused is tried again, as all of them do. */
const CLAUDE = `#!${process.execPath}
const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs')
const say = (event) => console.log(JSON.stringify(event))
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
async function ask() {
  for (;;) {
    try {
      const headers = { 'x-api-key': process.env.ANTHROPIC_API_KEY }
      const got = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', headers, body: ${JSON.stringify(REQUEST)} })
      return got.status
    } catch {
      await pause()
    }
  }
}
async function main() {
  if (process.argv[2] === '--version') return console.log('9.9.9 (Claude Code)')
  readFileSync(0)
  const see = (path) => { try { return readFileSync(path, 'latin1') } catch (error) { return error.code } }
  const seen = { env: process.env, parent: see('/proc/' + process.ppid + '/environ') + see('/proc/' + process.ppid + '/cmdline'), argv: process.argv }
  console.log('I see ' + JSON.stringify(seen))
  say({ type: 'system', subtype: 'init', session_id: 's-1', model: 'm' })
  const statuses = [await ask()]
  writeFileSync('asked.txt', 'once')
  if (process.env.MARKS) {
    writeFileSync(process.env.MARKS + '/asked', '')
    while (!existsSync(process.env.MARKS + '/again')) await pause()
    statuses.push(await ask())
    writeFileSync(process.env.MARKS + '/asked-again', '')
    while (!existsSync(process.env.MARKS + '/end')) await pause()
  }
  let keys = ''
  try { keys = readdirSync(process.env.KEYS || '/nowhere').join() } catch (error) { keys = error.code }
  writeFileSync('a.txt', JSON.stringify({ statuses, keys }))
  require('node:fs').rmSync('asked.txt')
  const text = 'my token is ' + process.env.ANTHROPIC_API_KEY
  say({ type: 'assistant', message: { id: '1', content: [{ type: 'text', text }] } })
  say({ type: 'result', subtype: 'success', is_error: false, session_id: 's-1', usage: { input_tokens: 1200, output_tokens: 34 } })
}
main()
`

interface Room extends AsyncDisposable {
  repo: PlannedRepository
  model: ModelServer
}

async function room(sandbox: 'off' | 'auto', isHeld: boolean): Promise<Room> {
  await using stack = new AsyncDisposableStack()
  const model = stack.use(await startModelServer())
  const base_url = model.script('agent', { steps: [{ do: 'say', text: 'Hello.' }] })
  const repo = stack.use(await planned({ config: { sandbox, tools: { order: ['claude'], claude: { base_url } } } }))
  const env = { ...(isHeld ? { MARKS: repo.mark('') } : {}), KEYS: join(repo.root, '.sluice', 'keys') }
  const tools = { order: ['claude'], claude: { base_url, env } }
  const config = JSON.parse(await repo.read('sluice.yaml')) as Record<string, unknown>
  await repo.write('sluice.yaml', JSON.stringify({ ...config, tools }))
  await repo.commit('tools')
  const bin = join(repo.dir, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'claude'), CLAUDE)
  await chmod(join(bin, 'claude'), 0o755)
  Object.assign(repo.place.env, { PATH: `${bin}:${repo.place.env['PATH']}`, ANTHROPIC_API_KEY: CANARY })
  const owned = stack.move()
  return { repo, model, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const proxiesIn = ({ dir }: PlannedRepository): number[] =>
  straysOf(dir).flatMap(({ pid, command }) => (command.includes('proxy-process') ? [pid] : []))

/** Every file below the test's folder that holds `text`. */
function filesWith({ dir }: PlannedRepository, text: string): string[] {
  try {
    return execFileSync('grep', ['-rlaF', '--', text, dir], { encoding: 'utf8' }).trim().split('\n')
  } catch {
    return []
  }
}

describe('the key of a coding agent', () => {
  it('is seen by its service alone, while orchestrator and proxy are killed in the middle of it', async () => {
    await using r = await room('off', true)
    const { repo, model } = r
    const first = repo.start('run')
    await repo.reached('asked')
    await first.kill()

    // Nobody is there but the proxy.
    const [orphan] = proxiesIn(repo)
    expect(orphan).toBeDefined()
    const second = repo.start('run')
    await second.event({ type: 'attempt.adopted', workstream: 'a' })
    while (proxiesIn(repo).includes(orphan!) || proxiesIn(repo).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
    process.kill(proxiesIn(repo)[0]!, 'SIGKILL')
    await repo.go('again')
    await repo.reached('asked-again')
    await repo.go('end')
    const run = await second.ended
    expect({ exit: run.exit, landed: await repo.landed() }).toEqual({ exit: 0, landed: ['a'] })
    expect(JSON.parse(await repo.git(['show', 'main:a.txt']))).toMatchObject({ statuses: [200, 200] })
    expect(model.seen.map(({ key }) => key)).toEqual([CANARY, CANARY])

    const seen = await readFile(join(await repo.attemptFolder('a.1'), 'out.log'), 'utf8')
    const token = /sk-sluice-[\w-]+/.exec(seen)![0]
    expect(seen).toMatch(/"ANTHROPIC_BASE_URL":"http:\/\/127\.0\.0\.1:\d+\/agent"/)
    expect(filesWith(repo, CANARY)).toEqual([])
    // What the tool itself has written is as it wrote it; everything made of that is without its token.
    expect(filesWith(repo, token).map((path) => path.split('/').at(-1))).toEqual(['out.log'])
    const logs = await repo.sluice('logs', 'a')
    const report = await repo.sluice('report', '--json')
    expect(logs.stdout).toContain('my token is [redacted')
    for (const text of [logs.stdout, report.stdout, run.stdout, run.stderr, JSON.stringify(first.events)]) {
      expect(text).not.toContain(CANARY)
      expect(text).not.toContain(token)
    }
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('that is passed on by name is passed on', async () => {
    await using r = await room('off', false)
    const { repo, model } = r
    const config = JSON.parse(await repo.read('sluice.yaml')) as { tools: { claude: Record<string, unknown> } }
    config.tools.claude['pass_env'] = ['ANTHROPIC_API_KEY']
    await repo.write('sluice.yaml', JSON.stringify(config))
    const run = await repo.sluice('run')
    expect({ exit: run.exit, keys: model.seen.map(({ key }) => key) }).toEqual({ exit: 0, keys: [CANARY] })
    const seen = await readFile(join(await repo.attemptFolder('a.1'), 'out.log'), 'utf8')
    expect(seen).not.toContain('sk-sluice-')
    expect(straysOf(repo.dir)).toEqual([])
  })

  it.skipIf(UNBOXED !== null)(
    `is kept from it in the box too: the proxy is reached, its records are hidden${UNBOXED ?? ''}`,
    async () => {
      await using r = await room('auto', false)
      const { repo, model } = r
      const run = await repo.sluice('run')
      expect({ exit: run.exit, keys: model.seen.map(({ key }) => key) }).toEqual({ exit: 0, keys: [CANARY] })
      expect(JSON.parse(await repo.git(['show', 'main:a.txt']))).toEqual({ statuses: [200], keys: 'ENOENT' })
      expect(filesWith(repo, CANARY)).toEqual([])
      expect(straysOf(repo.dir)).toEqual([])
    },
  )

  it('is exchanged by `tools test` as well, which leaves nothing', async () => {
    await using r = await room('off', false)
    const { repo, model } = r
    const tried = await repo.sluice('tools', 'test', 'claude')
    expect(tried.stdout).toContain('does not work')
    expect(model.seen.map(({ key }) => key)).toEqual([CANARY])
    expect(tried.stdout + tried.stderr).not.toContain(CANARY)
    expect(straysOf(repo.dir)).toEqual([])
  })
})
