/** What a tool meets at the key proxy, over real sockets: in each dialect, and where something goes wrong. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as open, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { forward, type Route } from '../../../src/tools/keys/forward.ts'
import { CLIENTS, partsOf, post } from '../../kit/model-server/clients.ts'
import { closedPort, startModelServer } from '../../kit/model-server/server.ts'

const TOKEN = 'sk-sluice-token-of-an-attempt'
const KEY = 'canary-key of/the user?'

/** Where each dialect puts its key. */
const KEYS: Readonly<Record<string, { headers: Record<string, string>; query?: string }[]>> = {
  chat: [{ headers: { authorization: `Bearer ${TOKEN}` } }],
  responses: [{ headers: { authorization: `Bearer ${TOKEN}` } }],
  messages: [{ headers: { 'x-api-key': TOKEN } }, { headers: { authorization: `Bearer ${TOKEN}` } }],
  gemini: [{ headers: { 'x-goog-api-key': TOKEN } }, { headers: {}, query: `key=${TOKEN}` }],
}

interface Listening extends AsyncDisposable {
  url: string
}

async function listening(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A proxy for these tokens. */
function proxyFor(routes: Record<string, Route>): Promise<Listening> {
  return listening(
    createServer((request, response) => {
      void forward(request, response, (token) => Promise.resolve(routes[token] ?? null))
    }),
  )
}

/** A service that the test itself answers for: each request as it comes. */
async function service(): Promise<Listening & { next(): Promise<[IncomingMessage, ServerResponse]> }> {
  const server = createServer()
  const next = (): Promise<[IncomingMessage, ServerResponse]> =>
    once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>
  return { ...(await listening(server)), next }
}

describe.each(Object.entries(CLIENTS))('a client of the dialect %s', (dialect, client) => {
  it.each([true, false])('gets its answer, and only the service sees the key (stream: %s)', async (isStream) => {
    await using model = await startModelServer()
    const base = model.script('s', { steps: [{ do: 'say', text: 'scripted words' }] })
    await using proxy = await proxyFor({ [TOKEN]: { url: base, key: KEY } })
    for (const { headers, query } of KEYS[dialect]!) {
      const path = client.path(isStream)
      const full = query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
      const got = await post(`${proxy.url}/s${full}`, client.body(0, isStream), headers)
      expect({ status: got.status, said: client.said(partsOf(got)).text }).toEqual({
        status: 200,
        said: 'scripted words',
      })
    }
    for (const { path, key } of model.seen) {
      expect(`${path} ${key}`).not.toContain(TOKEN)
      if (!path.includes(`key=${encodeURIComponent(KEY)}`)) expect(key).toBe(KEY)
    }
    expect(model.seen.length).toBe(KEYS[dialect]!.length)
  })

  it('is told of a limit as the service tells it, with the time to wait', async () => {
    await using model = await startModelServer()
    const faults = [{ kind: 'rate' as const, retryAfterSeconds: 7 }]
    const base = model.script('s', { steps: [], faults })
    await using proxy = await proxyFor({ [TOKEN]: { url: base, key: KEY } })
    const got = await post(`${proxy.url}/s${client.path(false)}`, client.body(0, false), KEYS[dialect]![0]!.headers)
    const direct = await post(base + client.path(false), client.body(0, false))
    expect(got.status).toBe(429)
    expect(got.text).toBe(direct.text)
    expect(got.headers.get('retry-after')).toBe(direct.headers.get('retry-after'))
  })
})

describe('the key proxy', () => {
  it.each([
    ['another token', { authorization: 'Bearer sk-sluice-guessed' }],
    ['a key', { 'x-api-key': KEY }],
    ['nothing', {}],
  ])('answers 401 to %s, and the service hears nothing', async (_, headers: Record<string, string>) => {
    await using model = await startModelServer()
    await using proxy = await proxyFor({ [TOKEN]: { url: model.script('s', { steps: [] }), key: KEY } })
    const got = await post(`${proxy.url}/s/v1/messages`, {}, headers)
    expect(got.status).toBe(401)
    expect(JSON.parse(got.text)).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
    expect(model.seen).toEqual([])
  })

  it('answers 401 to tokens for two services in one request: no key goes where it does not belong', async () => {
    await using model = await startModelServer()
    const url = model.script('s', { steps: [] })
    const routes = { [TOKEN]: { url, key: KEY }, 'sk-sluice-other': { url: 'http://127.0.0.1:1', key: 'other' } }
    await using proxy = await proxyFor(routes)
    const headers = { authorization: `Bearer ${TOKEN}`, 'x-api-key': 'sk-sluice-other' }
    expect((await post(`${proxy.url}/s/v1/messages`, {}, headers)).status).toBe(401)
    expect(model.seen).toEqual([])
  })

  it('passes a path, a body, headers and a status on as they are', async () => {
    await using upstream = await service()
    await using proxy = await proxyFor({ [TOKEN]: { url: `${upstream.url}/base/v1`, key: KEY } })
    const asked = fetch(`${proxy.url}/base/v1/x%20y?a=1&key=${TOKEN}&b=%2F`, {
      method: 'PUT',
      headers: { 'x-of-client': 'yes' },
      body: 'a body',
    })
    const [request, response] = await upstream.next()
    const body = (await request.toArray()).join('')
    expect({ body, url: request.url, method: request.method }).toEqual({
      body: 'a body',
      url: `/base/v1/x%20y?a=1&key=${encodeURIComponent(KEY)}&b=%2F`,
      method: 'PUT',
    })
    expect(request.headers).toMatchObject({ 'x-of-client': 'yes', host: new URL(upstream.url).host })
    response.writeHead(529, { 'set-cookie': ['a=1', 'b=2'], 'x-of-service': 'yes' }).end('{"over":"loaded"}')
    const got = await asked
    expect({ status: got.status, text: await got.text() }).toEqual({ status: 529, text: '{"over":"loaded"}' })
    expect(got.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(got.headers.get('x-of-service')).toBe('yes')
  })

  it('passes each piece of a stream on when it comes', async () => {
    await using upstream = await service()
    await using proxy = await proxyFor({ [TOKEN]: { url: upstream.url, key: KEY } })
    const asked = fetch(`${proxy.url}/stream`, { headers: { authorization: `Bearer ${TOKEN}` } })
    const [, response] = await upstream.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    // The head is there before the first piece, and each piece before the next one is written.
    const reader = (await asked).body!.pipeThrough(new TextDecoderStream()).getReader()
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      response.write(piece)
      expect(await reader.read()).toEqual({ value: piece, done: false })
    }
    response.end()
    expect(await reader.read()).toMatchObject({ done: true })
  })

  it.each(['before the answer', 'in the middle of it'])(
    'hangs up on the service when the tool does %s',
    async (when) => {
      await using upstream = await service()
      await using proxy = await proxyFor({ [TOKEN]: { url: upstream.url, key: KEY } })
      const tool = open(`${proxy.url}/stream`, { headers: { 'x-api-key': TOKEN } })
      tool.on('error', () => undefined)
      tool.end()
      const [, response] = await upstream.next()
      const hungUp = once(response, 'close')
      if (when !== 'before the answer') {
        response.write('data: 1\n\n')
        const [answer] = (await once(tool, 'response')) as [IncomingMessage]
        answer.on('error', () => undefined)
        await once(answer, 'data')
      }
      tool.destroy()
      await hungUp
      expect(response.writableFinished).toBe(false)
    },
  )

  it('lets an answer that breaks off break off, so that nobody takes it for whole', async () => {
    await using upstream = await service()
    await using proxy = await proxyFor({ [TOKEN]: { url: upstream.url, key: KEY } })
    const asked = fetch(`${proxy.url}/stream`, { headers: { 'x-api-key': TOKEN } })
    const [, response] = await upstream.next()
    response.write('data: 1\n\n')
    const got = await asked
    response.destroy()
    await expect(got.text()).rejects.toThrow()
  })

  it('closes the connection where the service cannot be reached: for the tool that is the network', async () => {
    await using proxy = await proxyFor({ [TOKEN]: { url: await closedPort(), key: KEY } })
    await expect(fetch(`${proxy.url}/v1`, { headers: { 'x-api-key': TOKEN } })).rejects.toThrow()
  })
})
