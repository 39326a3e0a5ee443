/**
 * Does a piece of work change what it is judged by? The gate that counts is the one of the target at the start of the
 * run, so such an edit has no effect on its own landing; but it will on all that come later, and somebody should know.
 */
import type { Check } from '../model/config.ts'
import { CONFIG_FILE, parseConfig } from './config.ts'

/** Programs that run the file that comes after them. */
const INTERPRETERS: ReadonlySet<string> = new Set(
  'sh bash dash zsh node deno bun python python3 ruby perl php source .'.split(' '),
)

/** The file in the tree that a gate command runs, when that can be told without a shell; else null. Pure. */
export function gateScript(command: string): string | null {
  const words = command.trim().split(/\s+/)
  const word = INTERPRETERS.has(words[0]!) ? words.slice(1).find((each) => !each.startsWith('-')) : words[0]
  if (word === undefined || !/^[A-Za-z0-9_./+@%-]+$/.test(word) || word.startsWith('/')) return null
  const isFile = word.includes('/') || INTERPRETERS.has(words[0]!)
  return isFile ? word.replace(/^(\.\/)+/, '') : null
}

export interface GateEdit {
  gate: readonly Check[]
  changed: readonly string[]
  /** Texts of the configuration in the base and in the work; null where there is none. */
  before: string | null
  after: string | null
}

/** What it changes of the gate, as words of a list; empty when it leaves it alone. */
export async function gateEdits({ gate, changed, before, after }: GateEdit): Promise<string[]> {
  const paths = new Set(changed)
  const scripts = new Set(gate.flatMap(({ run }) => gateScript(run) ?? []))
  const edits = [...scripts].filter((path) => paths.has(path))
  if (!paths.has(CONFIG_FILE) || before === after) return edits
  const [old, now] = [await gateIn(before), await gateIn(after)]
  return old === now ? edits : [`the gate in ${CONFIG_FILE}`, ...edits]
}

/** What a verdict is given by, as a text to compare; of what cannot be read, its own text. */
async function gateIn(text: string | null): Promise<string> {
  const reading = await parseConfig(text ?? '', CONFIG_FILE)
  if ('diagnostics' in reading) return `not valid: ${text ?? ''}`
  const { gate, workspace } = reading.config
  return JSON.stringify([gate, workspace.setup])
}
