/**
 * The orchestrator's side of the key proxy: starts the process, and starts it again on the same port when it is killed. Keys
 * go through its input and are nowhere else; the port, and the word by which a proxy is asked to leave it to the next one, are
 * in `proxy.json`, for the user alone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { SluiceError } from '../../model/failure.ts'
import { ownProcess } from '../../process/boundary.ts'
import { entryPath } from '../../process/entry.ts'
import { allowedEnvironment } from '../../process/environment.ts'
import { fieldsOf, integerOf, makeFolder, readJsonFile, replaceFile } from '../../process/files.ts'
import { PORTABLE_VARIABLE } from '../../process/system.ts'
import type { Route } from './forward.ts'
import { someLive } from './grants.ts'

/** What the process is told, as one line of JSON. */
export interface ProxyOrder {
  /** Where the grants are; absolute. */
  folder: string
  /** The one that attempts know; null: any. */
  port: number | null
  secret: string
  /** By the name that grants have for the key. */
  routes: Readonly<Record<string, Route>>
}

/** Its first line. */
export interface ProxyAnswer {
  port: number
}

/** Flags of Node that keep it small. */
const FLAGS = ['--no-warnings', '--max-semi-space-size=1']

/** One that dies sooner than this after its start is started again only after this time. */
const RESTART_MS_MIN = 1_000

/** It looks once a second whether it is needed, and ends at once when it is not. */
const END_MS_MAX = 30_000

export function recordFile(folder: string): string {
  return join(folder, 'proxy.json')
}

export class KeyProxy implements AsyncDisposable {
  readonly #folder: string
  readonly #routes: Readonly<Record<string, Route>>
  #child: ChildProcess | null = null
  #port: Promise<number> | null = null
  #isClosing = false

  /** `folder` is made when it is missing. Nothing is started yet. */
  constructor(folder: string, routes: Readonly<Record<string, Route>>) {
    this.#folder = folder
    this.#routes = routes
  }

  /** The port of the living process; starts one when there is none. Throws SluiceError E201 when that cannot be done. */
  async port(): Promise<number> {
    this.#port ??= this.#start()
    try {
      return await this.#port
    } catch (error) {
      // The next one who asks tries again.
      this.#port = null
      throw error
    }
  }

  async #start(): Promise<number> {
    makeFolder(this.#folder)
    chmodSync(this.#folder, 0o700)
    const file = recordFile(this.#folder)
    const before = await readJsonFile(file, readRecord)
    const secret = before?.secret ?? randomBytes(32).toString('base64url')
    const order: ProxyOrder = { folder: this.#folder, port: before?.port ?? null, secret, routes: this.#routes }
    const begun = performance.now()
    const { child, port } = await ownProcess('start key proxy', () => startProcess(order))
    this.#child = child
    await replaceFile(file, `${JSON.stringify({ port, secret })}\n`, 0o600)
    child.once('exit', () => void this.#again(begun))
    if (child.exitCode !== null || child.signalCode !== null) void this.#again(begun)
    letGo(child)
    return port
  }

  /** Somebody has killed it: attempts that have its address wait for it. */
  async #again(begun: number): Promise<void> {
    if (this.#child === null) return
    this.#child = null
    this.#port = null
    const early = RESTART_MS_MIN - (performance.now() - begun)
    if (early > 0) await wait(early, undefined, { ref: false })
    if (!this.#isClosing) await this.port().catch(() => undefined)
  }

  /** Lets it go: it ends at once, which is waited for, or with the last attempt that has a token. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    await this.#port?.catch(() => undefined)
    const child = this.#child
    if (child === null) return
    this.#child = null
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS_MAX) })
    // Who cannot look leaves it to the proxy, which looks again.
    const isNeeded = await someLive(this.#folder).catch(() => true)
    child.stdin!.end()
    if (isNeeded) return void ended.catch(() => undefined)
    child.ref()
    await ended.catch(() => child.kill('SIGKILL'))
  }
}

async function startProcess(order: ProxyOrder): Promise<{ child: ChildProcess; port: number }> {
  const entry = entryPath(import.meta.url, { source: 'proxy-process.ts', built: 'key-proxy.js' })
  const env = allowedEnvironment(process.env, { pass: ['SystemRoot', PORTABLE_VARIABLE], set: {} })
  const trust = env['SSL_CERT_FILE'] || env['SSL_CERT_DIR'] ? ['--use-openssl-ca'] : []
  const child = spawn(process.execPath, [...FLAGS, ...trust, entry], {
    cwd: order.folder,
    env,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // One that has ended says so by that.
  child.stdin.on('error', () => undefined)
  const answer = firstLine(child)
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const port = integerOf(fieldsOf(await answer)['port'])
  if (port !== null) return { child, port }
  child.kill('SIGKILL')
  const fix = 'see whether `node` can listen on 127.0.0.1 here; then run again'
  throw new SluiceError({ code: 'E201', message: 'the key proxy could not be started', fix })
}

/** The JSON in its first line; null when it ends without one. */
async function firstLine(child: ChildProcess): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    text += part
    if (text.endsWith('\n')) resolve(JSON.parse(text))
  })
  child.stdout!.once('close', () => resolve(null))
  child.once('error', () => resolve(null))
  return await promise
}

/** It must not keep us from ending; its input stays open for as long as we live. */
function letGo(child: ChildProcess): void {
  child.stdout!.destroy()
  ;(child.stdin as Socket).unref()
  child.unref()
}

function readRecord(value: unknown): { port: number; secret: string } | null {
  const fields = fieldsOf(value)
  const port = integerOf(fields['port'])
  const { secret } = fields
  return port !== null && typeof secret === 'string' ? { port, secret } : null
}
