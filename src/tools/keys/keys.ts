/**
 * Tokens in the place of keys, for tools whose model can be looked for at another address: the tool, and every command that it
 * runs, then sees a token that is good for this attempt at a proxy on loopback, and the key is in no environment but ours. A
 * run without such tools loads nothing of it and starts nothing.
 */
import { existsSync } from 'node:fs'
import type { ProcessTool, Tool } from '../tool.ts'
import type { Route } from './forward.ts'
import type { KeyProxy } from './proxy.ts'

/** A key that a tool need not see. */
export interface Access extends Route {
  /** The variable that the tool knows it by. */
  name: string
}

/** What an attempt was given instead. */
export interface Exchanged {
  /** `http://127.0.0.1:PORT` */
  origin: string
  /** By the variable of the key. */
  tokens: Readonly<Record<string, string>>
}

export interface KeysOptions {
  /** Where the proxy and its grants are on record; made when there is something to record. Hidden from tools. */
  folder: string
  /** Those that attempts may use. */
  tools: Iterable<Tool>
  /** Ours, with the keys. */
  environment: Readonly<Record<string, string | undefined>>
}

export class Keys implements AsyncDisposable {
  readonly #options: KeysOptions
  #proxy: Promise<KeyProxy> | null = null

  constructor(options: KeysOptions) {
    this.#options = options
  }

  /** Takes over what an earlier orchestrator has left: attempts that live may have tokens. */
  resume(): void {
    // What cannot be started now is started for the next attempt, or that one says why not.
    if (existsSync(this.#options.folder)) void this.#open().then((proxy) => proxy.port().catch(() => undefined))
  }

  /**
   * Tokens for the attempt in `dir`, one for each key that `tool` need not see; null when there is none. Throws SluiceError
   * E201 when they cannot be honoured: a key is not shown because of that.
   */
  async exchange(tool: ProcessTool, dir: string): Promise<Exchanged | null> {
    const names = (tool.access?.(this.#options.environment) ?? []).map(({ name }) => name)
    if (names.length === 0) return null
    const port = await (await this.#open()).port()
    const { giveToken } = await import('./grants.ts')
    const { folder } = this.#options
    const tokens: Record<string, string> = {}
    for (const name of names) tokens[name] = await giveToken(folder, { key: keyName(tool.id, name), dir })
    return { origin: `http://127.0.0.1:${port}`, tokens }
  }

  /** The attempt in `dir` is over: its tokens are worth nothing any more. */
  async takeBack(dir: string): Promise<void> {
    if (this.#proxy === null) return
    const { takeBack } = await import('./grants.ts')
    await takeBack(this.#options.folder, dir)
  }

  #open(): Promise<KeyProxy> {
    return (this.#proxy ??= import('./proxy.ts').then(
      ({ KeyProxy }) => new KeyProxy(this.#options.folder, this.#routes()),
    ))
  }

  /** All of the run's, for one proxy serves all of its attempts. */
  #routes(): Record<string, Route> {
    const { tools, environment } = this.#options
    const routes: Record<string, Route> = {}
    for (const tool of tools) {
      if (tool.kind !== 'process') continue
      for (const { name, url, key } of tool.access?.(environment) ?? []) routes[keyName(tool.id, name)] = { url, key }
    }
    return routes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#proxy)?.[Symbol.asyncDispose]()
  }
}

function keyName(tool: string, name: string): string {
  return `${tool}/${name}`
}
