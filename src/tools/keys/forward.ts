/**
 * Requests of tools on their way to a model, with a key in the place of a token. The key goes where the token was, in whichever
 * header or query a dialect has for it, so no dialect is known here. Everything else is passed on as it comes, in pieces: an
 * answer is never held back, looked into or written down.
 *
 * Where the service cannot be reached the connection is closed without an answer: a tool without us would have met the
 * same, and an answer of ours would be taken for one of the service.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream'

/** A service and the key for it. */
export interface Route {
  /** Scheme, host, port and the path that requests begin with. */
  url: string
  key: string
}

/** The route that a token opens, or null. */
export type RouteOf = (token: string) => Promise<Route | null>

/** Of the connection to us, and no part of what is passed on (RFC 9110, 7.6.1). */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

/** Headers that carry keys: OpenAI's, with its scheme; Anthropic's, Google's, Azure's. */
const KEY_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'] as const

/** A connection of its own for each request: one that is kept may be closed by the service just when it is used again. */
const agents = {
  'http:': new HttpAgent({ proxyEnv: process.env }),
  'https:': new HttpsAgent({ proxyEnv: process.env }),
}

/** Answers one request: 401 where it has no living token, otherwise whatever the service answers. */
export async function forward(request: IncomingMessage, response: ServerResponse, routeOf: RouteOf): Promise<void> {
  const exchanged = await withKeys(request, routeOf)
  if (exchanged === null) return refuse(response)
  const { url, path, headers } = exchanged
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:']
  const onward = send(url, { method: request.method, path, headers, agent })
  const giveUp = (): void => void request.socket.destroy()
  onward.on('error', () => !response.headersSent && giveUp())
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode!, answer.statusMessage, passedOn(answer.rawHeaders))
    response.flushHeaders()
    // An answer that breaks off must not look like one that ends.
    pipeline(answer, response, (error) => error && giveUp())
  })
  response.on('close', () => onward.destroy())
  request.on('error', () => onward.destroy())
  request.pipe(onward)
}

interface Exchanged {
  url: URL
  path: string
  headers: IncomingMessage['headers']
}

/** null when no token is in it, or tokens for two services. */
async function withKeys(request: IncomingMessage, routeOf: RouteOf): Promise<Exchanged | null> {
  const routes = new Set<string>()
  const keyFor = async (token: string): Promise<string | null> => {
    const route = await routeOf(token)
    if (route === null) return null
    routes.add(route.url)
    return route.key
  }
  const headers = { ...request.headers }
  for (const name of OF_THE_CONNECTION) delete headers[name]
  for (const name of KEY_HEADERS) {
    const value = headers[name]
    const [, scheme = '', token = ''] = (typeof value === 'string' && /^(Bearer +)?(\S+)$/i.exec(value)) || []
    const key = await keyFor(token)
    if (key !== null) headers[name] = scheme + key
  }
  let path = request.url ?? '/'
  const token = /[?&]key=([^&#]+)/.exec(path)?.[1]
  const key = token === undefined ? null : await keyFor(token)
  if (token !== undefined && key !== null) path = path.replace(token, () => encodeURIComponent(key))
  const [only, another] = routes
  if (only === undefined || another !== undefined || !path.startsWith('/')) return null
  const url = new URL(only)
  return { url, path, headers: { ...headers, host: url.host } }
}

/** Headers of an answer as pairs in a row. Nothing is left open afterwards, so that another proxy can take our place. */
function passedOn(raw: readonly string[]): string[] {
  const kept = raw.filter((_, index) => !OF_THE_CONNECTION.has(raw[index - (index % 2)]!.toLowerCase()))
  return [...kept, 'connection', 'close']
}

/** In the shape that clients of all dialects find a message in. */
function refuse(response: ServerResponse): void {
  const message = 'this token is not valid (any more): it belongs to one attempt of Sluice and ends with it'
  const error = { type: 'authentication_error', code: 401, status: 'UNAUTHENTICATED', message }
  response.writeHead(401, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ type: 'error', error }))
}
