/** The key proxy as a process: whom it outlives, where it comes back, and when it ends. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { livingAttempt } from './attempt.ts'
import { Keys } from '../../../src/tools/keys/keys.ts'
import type { ProcessTool } from '../../../src/tools/tool.ts'
import { endStrays, straysOf } from '../../kit/traces.ts'

const KEY = 'the-key-of-the-user'

interface Place extends AsyncDisposable {
  dir: string
  folder: string
  /** A request that has reached the service, to be answered. */
  next(): Promise<[IncomingMessage, ServerResponse]>
  tool: ProcessTool
  /** What an orchestrator has; the caller disposes of it. */
  keys(): Keys
  /** An attempt's folder, with a living process in the place of its shim. */
  attempt(name: string): Promise<string>
  proxies(): number[]
}

async function place(): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-keys-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  stack.defer(() => endStrays(dir))
  const server = createServer()
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const folder = join(dir, 'keys')
  const tool = { kind: 'process', id: 't', access: () => [{ name: 'T_KEY', key: KEY, url }] } as unknown as ProcessTool
  const owned = stack.move()
  return {
    dir,
    folder,
    tool,
    next: () => once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>,
    keys: () => new Keys({ folder, tools: [tool], environment: {} }),
    attempt: (name) => livingAttempt(join(dir, name)),
    proxies: () => straysOf(dir).map(({ pid }) => pid),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Asks once; throws when nobody is there. */
function ask(origin: string, token: string): Promise<Response> {
  return fetch(`${origin}/v1`, { headers: { 'x-api-key': token } })
}

/** Asks until somebody answers: who was killed comes back, and the test's own limit bounds it. */
async function askUntilThere(origin: string, token: string): Promise<Response> {
  for (;;) {
    try {
      return await ask(origin, token)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

async function untilNone(p: Place): Promise<void> {
  while (p.proxies().length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Answers the next request, and says with which key it came. */
async function answered(p: Place, asked: Promise<Response>): Promise<unknown> {
  const [request, response] = await p.next()
  response.end('fine')
  expect(await (await asked).text()).toBe('fine')
  return request.headers['x-api-key']
}

describe('the key proxy', () => {
  it('is not there for a tool without keys that it need not see', async () => {
    await using p = await place()
    await using keys = p.keys()
    keys.resume()
    expect(await keys.exchange({ ...p.tool, access: () => [] }, p.dir)).toBeNull()
    await keys.takeBack(p.dir)
    expect({ proxies: p.proxies(), isRecorded: existsSync(p.folder) }).toEqual({ proxies: [], isRecorded: false })
  })

  it('serves an attempt until that is over, and ends with who has started it', async () => {
    await using p = await place()
    const keys = p.keys()
    const dir = await p.attempt('a.1')
    const { origin, tokens } = (await keys.exchange(p.tool, dir))!
    expect(new URL(origin).hostname).toBe('127.0.0.1')
    expect(await answered(p, ask(origin, tokens['T_KEY']!))).toBe(KEY)
    await keys.takeBack(dir)
    expect((await ask(origin, tokens['T_KEY']!)).status).toBe(401)
    await keys[Symbol.asyncDispose]()
    expect(p.proxies()).toEqual([])
    expect(existsSync(p.folder)).toBe(false)
  })

  it('has the key in its memory only: neither arguments, nor environment, nor disk', async () => {
    await using p = await place()
    await using keys = p.keys()
    const dir = await p.attempt('a.1')
    const { tokens } = (await keys.exchange(p.tool, dir))!
    const [pid] = p.proxies()
    const seen = await Promise.all(['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1')))
    expect(seen.join()).not.toContain(KEY)
    expect(seen.join()).not.toContain('SLUICE_NONCE')
    const onDisk = execFileSync('grep', ['-r', '', p.dir], { encoding: 'utf8' })
    expect(onDisk).not.toContain(KEY)
    expect(onDisk).not.toContain(tokens['T_KEY'])
    expect((await stat(p.folder)).mode & 0o077).toBe(0)
    expect((await stat(join(p.folder, 'proxy.json'))).mode & 0o077).toBe(0)
    await keys.takeBack(dir)
  })

  it('that was killed comes back at the same port, with the same tokens', async () => {
    await using p = await place()
    await using keys = p.keys()
    const dir = await p.attempt('a.1')
    const { origin, tokens } = (await keys.exchange(p.tool, dir))!
    const [killed] = p.proxies()
    process.kill(killed!, 'SIGKILL')
    expect(await answered(p, askUntilThere(origin, tokens['T_KEY']!))).toBe(KEY)
    expect(p.proxies()).not.toContain(killed)
    const next = (await keys.exchange(p.tool, await p.attempt('b.1')))!
    expect(next.origin).toBe(origin)
    await keys.takeBack(dir)
    await keys.takeBack(join(p.dir, 'b.1'))
  })

  it('outlives its orchestrator for the sake of an attempt, and ends by itself after it', async () => {
    await using p = await place()
    const keys = p.keys()
    const dir = await p.attempt('a.1')
    const { origin, tokens } = (await keys.exchange(p.tool, dir))!
    await keys[Symbol.asyncDispose]()
    expect(p.proxies().length).toBe(1)
    expect(await answered(p, ask(origin, tokens['T_KEY']!))).toBe(KEY)
    await writeFile(join(dir, 'exit.json'), '{"code":0}')
    await untilNone(p)
    expect(existsSync(p.folder)).toBe(false)
  })

  it('leaves its port to that of the next orchestrator, and finishes what it is in the middle of', async () => {
    await using p = await place()
    const first = p.keys()
    const dir = await p.attempt('a.1')
    const { origin, tokens } = (await first.exchange(p.tool, dir))!
    const token = tokens['T_KEY']!
    const long = ask(origin, token)
    const [, response] = await p.next()
    response.write('begun, ')
    const body = (await long).text()
    await first[Symbol.asyncDispose]()
    const [old] = p.proxies()

    await using second = p.keys()
    const newer = (await second.exchange(p.tool, await p.attempt('b.1')))!
    expect(newer.origin).toBe(origin)
    expect(await answered(p, ask(origin, token))).toBe(KEY)
    expect(p.proxies().length).toBe(2)
    response.end('ended')
    expect(await body).toBe('begun, ended')
    while (p.proxies().includes(old!)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(p.proxies().length).toBe(1)
    await second.takeBack(dir)
    await second.takeBack(join(p.dir, 'b.1'))
  })

  it('is there again for attempts that live when the next orchestrator begins', async () => {
    await using p = await place()
    const first = p.keys()
    const dir = await p.attempt('a.1')
    const { origin, tokens } = (await first.exchange(p.tool, dir))!
    await first[Symbol.asyncDispose]()
    process.kill(p.proxies()[0]!, 'SIGKILL')
    await untilNone(p)
    await expect(ask(origin, tokens['T_KEY']!)).rejects.toThrow()
    await using second = p.keys()
    second.resume()
    expect(await answered(p, askUntilThere(origin, tokens['T_KEY']!))).toBe(KEY)
    await second.takeBack(dir)
  })

  it('takes another port where a stranger has its own', async () => {
    await using p = await place()
    const stranger = createServer((_, response) => response.writeHead(404).end())
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    await mkdir(p.folder)
    await writeFile(join(p.folder, 'proxy.json'), JSON.stringify({ port, secret: 'word' }))
    await using keys = p.keys()
    const dir = await p.attempt('a.1')
    const { origin } = (await keys.exchange(p.tool, dir))!
    expect(new URL(origin).port).not.toBe(String(port))
    await keys.takeBack(dir)
    await new Promise((resolve) => stranger.close(resolve))
  })
})
