/**
 * The process that speaks ACP with an agent: the tool of an attempt, an entry of its own. It has to outlive the
 * orchestrator, which holds no pipe of any tool, so it holds the agent's: the agent is its child, and what that tells comes
 * out as one event a line, into the attempt's log like the output of any tool. It ends when the turn does.
 *
 * Usage: `node acp-client.js ORDER PROGRAM [ARGUMENT..]`, ORDER being an `AcpOrder` as JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { client, methods, ndJsonStream } from '@agentclientprotocol/sdk/unstable'
import type { ToolEvent } from '../tool.ts'
import type { AcpOrder } from './order.ts'
import { Permissions } from './permissions.ts'
import { SessionEvents } from './session-events.ts'
import { requestTrouble } from './trouble.ts'
import { takeTurn } from './turn.ts'
import { TurnUsage } from './usage.ts'

/** From the end of its input to its own; then TERM, and as long again to KILL. Ours is killed after 5 s itself. */
const LEAVE_MS = 1_500

/** What agents take to cancel a turn: the slowest that was measured needed 0.85 s. */
const CANCEL_MS = 1_500

/** Thoughts and pieces of a speech are no lines, but signs of life; more often than this nobody wants to know. */
const ALIVE_MS = 10_000

const order = JSON.parse(process.argv[2]!) as AcpOrder
const [program, ...args] = process.argv.slice(3)

let toldAt = 0

function tell(event: ToolEvent | { type: 'alive' }): void {
  toldAt = performance.now()
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
const ended = endOf(child)
// Its end is told by its exit; a pipe that breaks says nothing more.
child.stdin.on('error', () => {})

const events = new SessionEvents()
const usage = new TurnUsage()
const permissions = new Permissions(order, tell)
const cancelling = new AbortController()
const connection = client({ name: 'sluice' })
  .onRequest(methods.client.session.requestPermission, ({ params, signal }) => {
    for (const event of events.flush()) tell(event)
    const until = AbortSignal.any([signal, connection.signal, cancelling.signal])
    return permissions.answer(params, events.describe(params.toolCall), until)
  })
  .onNotification(methods.client.session.update, ({ params }) => {
    usage.update(params.update)
    for (const event of events.update(params.update)) tell(event)
    if (performance.now() - toldAt > ALIVE_MS) tell({ type: 'alive' })
  })
  .connect(ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>))

let session: string | null = null
process.once('SIGTERM', () => void cancel())

const turn = takeTurn({ agent: connection.agent, order, events, usage, tell, begun: (id) => (session = id) })
process.exitCode = await finish()
await leave()
process.exit()

/** Tells the end, and gives the exit code that goes with it: the agent's own where it did not come to one. */
async function finish(): Promise<number> {
  try {
    const trouble = await turn
    if (trouble !== null) tell({ type: 'failed', trouble })
    tell({ type: 'ended', well: trouble === null })
    return trouble === null ? 0 : 1
  } catch (error) {
    for (const event of [...events.flush(), ...usage.used(null)]) tell(event)
    if (connection.signal.aborted) return codeOf(await gone())
    tell({ type: 'failed', trouble: requestTrouble(error) })
    tell({ type: 'ended', well: false })
    return 1
  }
}

type End = { code: number | null; signal: NodeJS.Signals | null } | Error

function endOf(process: ChildProcess): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>()
  process.once('error', resolve)
  process.once('exit', (code, signal) => resolve({ code, signal }))
  return promise
}

/** How it ended, for one that has closed its output: it is made to, when it lives on. */
async function gone(): Promise<End> {
  await leave()
  return await ended
}

/** 127 and these words are what a shim says of a program that is not there. */
function codeOf(end: End): number {
  if (end instanceof Error) {
    console.error(`setsid: failed to execute ${program}: ${end.message}`)
    return 127
  }
  return end.code ?? 128 + constants.signals[end.signal!]
}

/** The turn is cancelled, then the agent ended; nobody waits for more than a moment. */
async function cancel(): Promise<void> {
  cancelling.abort()
  if (session !== null) {
    await connection.agent.notify(methods.agent.session.cancel, { sessionId: session }).catch(() => {})
    await Promise.race([turn.catch(() => {}), ended, delay(CANCEL_MS)])
  }
  await leave()
  process.exit(128 + constants.signals.SIGTERM)
}

/** Its input ends, which tells it to go. */
async function leave(): Promise<void> {
  child.stdin.end()
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await hasEnded()) return
    child.kill(signal)
  }
  await hasEnded()
}

async function hasEnded(): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(LEAVE_MS, false, { signal: timer.signal }).catch(() => false)
  const first = await Promise.race([ended.then(() => true), late])
  timer.abort()
  return first
}
