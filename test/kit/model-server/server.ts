/**
 * A model's provider on loopback that answers by script: real agents run against it, in tests and for nothing. A script
 * is picked by the first part of the path, so one server serves many agents at once; which step is due is read off the
 * request, so that an agent can be killed and resumed. As a proxy it lets nobody through and notes who tried.
 */
import { createWriteStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSocket, type AddressInfo, type Server } from 'node:net'
import { finished } from 'node:stream/promises'
import { isUtility, stepAnswer, utilityAnswer } from './answer.ts'
import type { Json } from './body.ts'
import type { Ask, Dialect } from './dialect.ts'
import { chat } from './dialects/chat.ts'
import { gemini } from './dialects/gemini.ts'
import { messages } from './dialects/messages.ts'
import { responses } from './dialects/responses.ts'
import { answerWith, type Reply } from './reply.ts'
import type { Fault, Script } from './script.ts'
import { sideDoor } from './side-doors.ts'

const DIALECTS: readonly Dialect[] = [chat, responses, messages, gemini]

/** A line of the log, one for each request when it has been read. */
export interface Seen {
  /** When it came, ISO. */
  at: string
  script: string | null
  method: string
  path: string
  /** `step`: by the script; `utility`: a title or the like; `side`: models, tokens; `outside`: to another host. */
  kind: 'step' | 'utility' | 'side' | 'outside' | 'unknown'
  dialect: Dialect['id'] | null
  model: string | null
  isStream: boolean
  step: number | null
  fault: Fault['kind'] | null
  /** Names of the tools that it offers. */
  tools: string[]
  /** What the request carried as its key, to prove that it is a canary. */
  key: string | null
}

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  url: string
  /** Everything asked so far, oldest first. */
  seen: readonly Seen[]
  /** Adds or replaces a script and gives the base URL of its providers, without `/v1`. Names are words with hyphens. */
  script(name: string, script: Script): string
  /** Lets go what the script's faults of the kind `held` hold, now and from now on. */
  release(name: string): void
  /** Resolves with the first request, past or to come, that fits. The caller bounds the wait. */
  request(fits: (seen: Seen) => boolean): Promise<Seen>
}

export interface ServerOptions {
  /** Where requests are logged as NDJSON; nowhere when missing. */
  logFile?: string
  /** 0, the default: any free one. */
  port?: number
}

interface Scripted {
  script: Script
  /** Requests for steps so far. */
  asked: number
  /** How often each fault has happened. */
  happened: Map<Fault, number>
  /** Of what it holds. */
  released: PromiseWithResolvers<void>
}

/** Starts it on 127.0.0.1. Use it with `await using`. */
export async function startModelServer({ logFile, port = 0 }: ServerOptions = {}): Promise<ModelServer> {
  const scripts = new Map<string, Scripted>()
  const seen: Seen[] = []
  const waiting = new Set<() => void>()
  const log = logFile === undefined ? null : createWriteStream(logFile, { flags: 'a' })
  const note = (line: Seen): string => {
    const id = `scripted${seen.push(line)}`
    log?.write(`${JSON.stringify(line)}\n`)
    for (const look of waiting) look()
    return id
  }
  const server = createServer((request, response) => {
    // A client that is gone before its answer is what some faults are about.
    void handle(request, response, scripts, note).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: String(error), type: 'script_error' } }))
    })
  })
  server.on('connect', (request, socket) => {
    note(line(request, { kind: 'outside', path: request.url ?? '' }))
    // Some hang up as soon as they are refused.
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
  })
  await listen(server, port)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    seen,
    script(name, script) {
      scripts.set(name, { script, asked: 0, happened: new Map(), released: Promise.withResolvers() })
      return `${url}/${name}`
    },
    release(name) {
      scripts.get(name)?.released.resolve()
    },
    async request(fits) {
      const { promise, resolve } = Promise.withResolvers<Seen>()
      const look = (): void => {
        const found = seen.find(fits)
        if (found !== undefined) resolve(found)
      }
      waiting.add(look)
      look()
      return promise.finally(() => waiting.delete(look))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (log !== null) await finished(log.end())
    },
  }
}

/** A base URL at which nobody listens: its port was free a moment ago. */
export async function closedPort(): Promise<string> {
  const server = createSocket()
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  scripts: ReadonlyMap<string, Scripted>,
  note: (line: Seen) => string,
): Promise<void> {
  const came = { at: new Date().toISOString() }
  const [, name = '', path = ''] = /^\/([\w-]+)(\/.*)$/.exec(request.url ?? '') ?? []
  const method = request.method ?? 'GET'
  const body = await bodyOf(request)
  const scripted = scripts.get(name)
  if (scripted === undefined) {
    const isOutside = /^https?:/.test(request.url ?? '')
    note(line(request, { ...came, kind: isOutside ? 'outside' : 'unknown' }))
    return answerWith(response, { kind: 'whole', status: isOutside ? 403 : 404, headers: {}, body: {} })
  }
  const found = DIALECTS.map((dialect) => ({ dialect, ask: dialect.read(path, body) })).find(({ ask }) => ask !== null)
  if (method !== 'POST' || found === undefined) {
    const side = sideDoor(method, path)
    note(line(request, { ...came, script: name, kind: side === null ? 'unknown' : 'side' }))
    return answerWith(response, { kind: 'whole', status: side === null ? 404 : 200, headers: {}, body: side ?? {} })
  }
  const { dialect } = found
  const ask = found.ask!
  const known = { ...came, script: name, dialect: dialect.id, model: ask.model, isStream: ask.isStream }
  if (isUtility(ask)) {
    const id = note(line(request, { ...known, kind: 'utility' }))
    return answerWith(response, { kind: 'answer', id, dialect, ask, answer: utilityAnswer(ask), fault: null })
  }
  const fault = faultFor(scripted, ask)
  const tools = ask.offers.map((offer) => offer.name)
  const id = note(line(request, { ...known, kind: 'step', step: ask.results, fault: fault?.kind ?? null, tools }))
  if (fault?.kind === 'held') await scripted.released.promise
  const reply: Reply = { kind: 'answer', id, dialect, ask, answer: stepAnswer(scripted.script, ask), fault }
  return answerWith(response, reply)
}

/** The first fault of the script that is due, counted as having happened. */
function faultFor(scripted: Scripted, ask: Ask): Fault | null {
  const { script, happened } = scripted
  const before = scripted.asked++
  const due = (script.faults ?? []).find(
    (fault) =>
      before >= (fault.afterRequests ?? 0) &&
      (fault.onStep ?? ask.results) === ask.results &&
      (happened.get(fault) ?? 0) < (fault.times ?? Number.POSITIVE_INFINITY),
  )
  if (due === undefined) return null
  happened.set(due, (happened.get(due) ?? 0) + 1)
  return due
}

function line(request: IncomingMessage, known: Partial<Seen> & Pick<Seen, 'kind'>): Seen {
  const nothing = { script: null, dialect: null, model: null, isStream: false, step: null, fault: null, tools: [] }
  const at = new Date().toISOString()
  return { at, method: request.method ?? '', path: request.url ?? '', key: keyOf(request), ...nothing, ...known }
}

function keyOf({ headers }: IncomingMessage): string | null {
  const found = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /, '')
  return typeof found === 'string' ? found : null
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as Json
  } catch {
    return null
  }
}
