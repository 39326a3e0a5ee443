/**
 * The key proxy, a process of its own: attempts outlive the orchestrator, and so must what answers them. What it knows (keys
 * and the place of grants) came through its input, which its orchestrator holds open: when that ends, so has the orchestrator,
 * and the proxy goes on for as long as an attempt lives that has a token. The next one starts a proxy with the keys of its own
 * environment, to which this one leaves its port, finishing what it is in the middle of.
 */
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rmdirSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fieldsOf } from '../../process/files.ts'
import { forward, type Route } from './forward.ts'
import { grantOf, someLive } from './grants.ts'
import { type ProxyAnswer, type ProxyOrder, recordFile } from './proxy.ts'

const HOST = '127.0.0.1'

/** Who is asked for its port has answered long before, or never will. */
const HAND_OVER_MS_MAX = 2_000

/** The kernel may need a moment to give a port free. */
const LISTEN_TRIES_MAX = 20
const LISTEN_AGAIN_MS = 25

/** How often an orphan looks whether any attempt lives. */
const LOOK_MS = 1_000

/** `null`: it has left its port to another one. */
let look: NodeJS.Timeout | null | undefined

const order = await readOrder()
const routes = new Map(Object.entries(order.routes))

const server = createServer((request, response) => {
  if (request.method === 'DELETE' && request.headers.authorization === `Bearer ${order.secret}`) {
    leavePort()
    response.writeHead(204, { connection: 'close' }).end()
    return
  }
  // What breaks is this request's connection alone.
  forward(request, response, routeOf).catch(() => request.socket.destroy())
})

tell(await takePort())
process.stdin.once('close', beOrphan)
if (process.stdin.closed) beOrphan()

/** One line; whoever gives it may be killed in the middle. */
async function readOrder(): Promise<ProxyOrder> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const take = (part: string): void => {
    text += part
    if (text.endsWith('\n')) resolve(text)
  }
  process.stdin.setEncoding('utf8').on('data', take)
  process.stdin.once('end', () => resolve(text))
  try {
    return JSON.parse(await promise) as ProxyOrder
  } catch {
    process.exit(1)
  }
}

function tell(answer: ProxyAnswer): void {
  process.stdout.on('error', () => undefined)
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function routeOf(token: string): Promise<Route | null> {
  const grant = await grantOf(order.folder, token)
  return grant === null ? null : (routes.get(grant.key) ?? null)
}

/** The port of the proxy before, so that attempts find us where they look; another one when a stranger has it. */
async function takePort(): Promise<ProxyAnswer> {
  const { port } = order
  if (port !== null) {
    await askForPort(port)
    for (let tries = 0; tries < LISTEN_TRIES_MAX; tries += 1) {
      const got = await listen(port)
      if (got !== null) return got
      await wait(LISTEN_AGAIN_MS)
    }
  }
  return (await listen(0)) ?? process.exit(1)
}

/** Its answer does not matter: where nobody is, or a stranger, trying to listen tells. */
async function askForPort(port: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const headers = { authorization: `Bearer ${order.secret}` }
  const asked = request({ host: HOST, port, method: 'DELETE', headers, timeout: HAND_OVER_MS_MAX, agent: false })
  asked.on('response', (answer: IncomingMessage) => answer.resume().on('close', resolve))
  asked.on('timeout', () => asked.destroy())
  asked.on('error', () => resolve())
  asked.end()
  await promise
}

/** null when the port is somebody else's. */
async function listen(port: number): Promise<ProxyAnswer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyAnswer | null>()
  const onError = (error: Error): void => {
    if (fieldsOf(error)['code'] === 'EADDRINUSE') resolve(null)
    else reject(error)
  }
  server.once('error', onError)
  server.listen(port, HOST, () => {
    server.off('error', onError)
    resolve({ port: (server.address() as AddressInfo).port })
  })
  return await promise
}

function leavePort(): void {
  if (look !== undefined && look !== null) clearInterval(look)
  look = null
  // Called when the last answer has come to its end.
  server.close(() => process.exit(0))
}

function beOrphan(): void {
  if (look === null) return
  look = setInterval(() => void endIfAlone(), LOOK_MS)
  void endIfAlone()
}

async function endIfAlone(): Promise<void> {
  // Who cannot be asked now is asked again.
  const isNeeded = await someLive(order.folder).catch(() => true)
  if (isNeeded || look === null) return
  rmSync(recordFile(order.folder), { force: true })
  try {
    rmdirSync(order.folder)
  } catch {
    // Another one has begun to use it.
  }
  process.exit(0)
}
