/**
 * A clock that stands still until somebody says that nothing is left to be done now, and then jumps to the next thing that
 * is due. It takes the place of the global one, so code that knows nothing of it lives by it.
 *
 * What an orchestrator waits for dies with it; what the world waits for (a tool that works, a person who comes) does not.
 */

/** 2026-11-23T02:14:07Z: some time after the dates of commits that a person makes. */
export const EPOCH_MS = Date.UTC(2026, 10, 23, 2, 14, 7)

interface Timer {
  at: number
  order: number
  owner: 'orchestrator' | 'world'
  /** It comes again by itself, so it is no reason to go on. */
  everyMs: number | null
  run: () => void
}

export class Clock {
  readonly begunAt = EPOCH_MS
  #now = EPOCH_MS
  #order = 0
  /** Sorted by time, then by when they were set. */
  readonly #timers: Timer[] = []

  get now(): number {
    return this.#now
  }

  after(ms: number, owner: Timer['owner'], run: () => void, everyMs: number | null = null): Timer {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, owner, everyMs, run }
    this.#insert(timer)
    return timer
  }

  cancel(timer: Timer): void {
    const place = this.#timers.indexOf(timer)
    if (place >= 0) this.#timers.splice(place, 1)
  }

  /** The orchestrator is dead: nothing wakes it any more. */
  dropOrchestrator(): void {
    const left = this.#timers.filter(({ owner }) => owner === 'world')
    this.#timers.splice(0, this.#timers.length, ...left)
  }

  /** Whether anything is still to come but what comes again and again. */
  get hasMore(): boolean {
    return this.#timers.some(({ everyMs }) => everyMs === null)
  }

  /** When the next thing is due; null when nothing is. */
  get nextAt(): number | null {
    return this.#timers[0]?.at ?? null
  }

  /** Jumps to the next thing that is due, and does it. */
  advance(): void {
    const timer = this.#timers.shift()
    if (timer === undefined) throw new Error('nothing will ever happen again')
    this.#now = Math.max(this.#now, timer.at)
    if (timer.everyMs !== null)
      this.#insert(Object.assign(timer, { at: this.#now + timer.everyMs, order: this.#order++ }))
    timer.run()
  }

  #insert(timer: Timer): void {
    let place = this.#timers.length
    while (place > 0 && this.#timers[place - 1]!.at > timer.at) place--
    this.#timers.splice(place, 0, timer)
  }
}

/** The real one: a turn of the event loop, before which every promise that can settle has settled. */
const realImmediate = setImmediate

/** Resolves when nothing can happen any more without the clock going on. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}

let current = new Clock()

/** Everything global that knows of time goes by this clock from now on. */
export function useClock(clock: Clock): void {
  current = clock
}

type Handle = Timer & { ref: () => Handle; unref: () => Handle; hasRef: () => boolean }

function handle(timer: Timer): Handle {
  const full = timer as Handle
  full.ref = full.unref = () => full
  full.hasRef = () => true
  return full
}

/** Replaces the timers and clocks of this process by the current `Clock`. Once, before anything of `src/` is loaded. */
export function takeOverTime(): void {
  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle =>
    handle(current.after(ms, 'orchestrator', () => run(...args)))
  const every = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle =>
    handle(current.after(ms, 'orchestrator', () => run(...args), Math.max(1, ms)))
  const clear = (timer: Handle | undefined): void => {
    if (timer) current.cancel(timer)
  }
  Object.assign(globalThis, {
    setTimeout: set,
    setInterval: every,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => set(run, 0, ...args),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  })
  Date.now = () => current.now
  performance.now = () => current.now - EPOCH_MS
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    current.after(ms, 'orchestrator', () => controller.abort(new DOMException('timed out', 'TimeoutError')))
    return controller.signal
  }
}
