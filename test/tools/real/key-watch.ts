/**
 * Watches all processes of this machine while agents work, for a key that only Sluice holds: in no arguments at all, since
 * everybody can read those, and in no environment but the one that it was started with. Agents hold tokens.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Commands of git and of shells live for some ms: many of them are met in a run, none is sure to be. */
const LOOK_MS = 100

interface Holder {
  args: readonly string[]
  environment: readonly string[]
}

/** Whose environment has to hold it. */
const MAY_HOLD: readonly { who: string; is: (holder: Holder) => boolean }[] = [
  { who: 'Sluice itself, as it is started from a shell that has it', is: ({ args }) => args.some(isSluice) },
]

export interface KeyWatch extends Disposable {
  /** Who had it and should not have, as `arguments: COMMAND` or `environment: COMMAND`. */
  leaks: ReadonlySet<string>
  /** How many processes were met that may hold it and did: a watch that has met none has proved nothing. */
  holders: ReadonlySet<number>
}

/** Watches until it is disposed of. `key` is nobody's but of this process. */
export function watchForKey(key: string): KeyWatch {
  const leaks = new Set<string>()
  const holders = new Set<number>()
  const look = (): void => {
    for (const pid of pids()) {
      const args = entriesOf(pid, 'cmdline')
      const command = args.join(' ').slice(0, 300)
      if (args.some((text) => text.includes(key))) leaks.add(`arguments: ${command}`)
      const environment = entriesOf(pid, 'environ')
      if (!environment.some((text) => text.includes(key))) continue
      if (MAY_HOLD.some(({ is }) => is({ args, environment }))) holders.add(pid)
      else leaks.add(`environment: ${command}`)
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return { leaks, holders, [Symbol.dispose]: () => clearInterval(timer) }
}

function isSluice(argument: string): boolean {
  return argument.endsWith('/bin/sluice.js')
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) && Number(name) !== process.pid ? [Number(name)] : [],
  )
}

function entriesOf(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
  } catch {
    // It has ended.
    return []
  }
}
