/**
 * The script of a demo tool, YAML or JSON:
 *
 * ```yaml
 * workstreams:
 *   ws-01:                                  # a list of steps: the same for every attempt
 *     - write: { path: a.txt, text: "hello from {workstream}" }
 *     - commit: a first step
 *   ws-02:                                  # a list of lists: one per attempt, the last one repeats
 *     - [ { say: "oh" }, { exit: 1 } ]
 *     - [ { append: { path: a.txt, text: more } } ]
 *   "*": [ { write: { path: "{workstream}.txt", text: done } } ]      # everybody else
 * ```
 * `{workstream}` and `{attempt}` are filled in everywhere. Paths of edits are relative to the worktree, files of `wait`
 * and `signal` to the script.
 */
import { resolve } from 'node:path'
import { messageOf } from '../../model/failure.ts'
import { didYouMean } from '../../model/id.ts'
import { fieldsOf, integerOf } from '../../process/files.ts'

export type Step =
  | { do: 'write' | 'append'; path: string; text: string }
  | { do: 'replace'; path: string; from: string; to: string }
  | { do: 'delete'; path: string }
  | { do: 'say' | 'commit' | 'run' | 'ask'; text: string }
  | { do: 'sleep'; ms: number }
  /** Says what it has used of a model, in tokens and dollars. */
  | { do: 'use'; tokensIn: number; tokensOut: number; usd: number }
  /** Until the file is there; ends with exit 1 when it does not come in time. */
  | { do: 'wait'; file: string; timeoutMs: number }
  /** Makes the file, so that somebody else sees that this step was reached. */
  | { do: 'signal'; file: string }
  | { do: 'crash'; signal: string }
  | { do: 'exit'; code: number }
  | { do: 'hang'; how: 'busy' | 'quiet' }

/** Steps by workstream and attempt; the last list stands for all later attempts. */
export type Script = Map<string, Step[][]>

/** A forgotten partner must not keep an attempt waiting for ever. */
const WAIT_MS = 60_000

/** The script, or everything that is wrong with it. `folder` is where the script lies. */
export async function readScript(text: string, folder: string): Promise<Script | string[]> {
  let value: unknown
  try {
    value = text.trimStart().startsWith('{') ? JSON.parse(text) : (await import('yaml')).parse(text)
  } catch (thrown) {
    return [messageOf(thrown)]
  }
  const problems: string[] = []
  const script: Script = new Map()
  const workstreams = fieldsOf(fieldsOf(value)['workstreams'])
  if (Object.keys(workstreams).length === 0) problems.push('`workstreams` is missing or empty')
  for (const [id, written] of Object.entries(workstreams)) {
    const list: unknown[] = Array.isArray(written) ? written : []
    if (!Array.isArray(written)) problems.push(`${id}: a list of steps is expected`)
    const attempts = list.some((entry) => Array.isArray(entry)) ? list : [list]
    script.set(
      id,
      attempts.map((steps) => readSteps(steps, id, folder, problems)),
    )
  }
  return problems.length > 0 ? problems : script
}

function readSteps(written: unknown, id: string, folder: string, problems: string[]): Step[] {
  if (!Array.isArray(written)) {
    problems.push(`${id}: every attempt must be a list of steps`)
    return []
  }
  return written.flatMap((entry: unknown, index) => {
    const step = readStep(entry, folder)
    if (typeof step !== 'string') return [step]
    problems.push(`${id}, step ${index + 1}: ${step}`)
    return []
  })
}

/** A step is an object of one key, the verb. Gives what is wrong as text. */
function readStep(entry: unknown, folder: string): Step | string {
  const [verb, ...more] = Object.keys(fieldsOf(entry))
  if (verb === undefined || more.length > 0) return 'a step has one key, like `say: text`'
  const read = VERBS[verb]
  if (read === undefined) {
    const meant = didYouMean(verb, Object.keys(VERBS))
    return `unknown step \`${verb}\`${meant === null ? '' : `, did you mean \`${meant}\`?`}`
  }
  const value = fieldsOf(entry)[verb]
  const step = read.step(value, fieldsOf(value), folder)
  return step ?? `\`${verb}\` is written ${read.usage}`
}

interface Verb {
  usage: string
  step: (value: unknown, fields: Record<string, unknown>, folder: string) => Step | null
}

const VERBS: Record<string, Verb | undefined> = {
  write: edit('write'),
  append: edit('append'),
  replace: {
    usage: '{ path, from, to }',
    step: (_, { path, from, to }) =>
      isText(path) && isText(from) && isText(to) ? { do: 'replace', path, from, to } : null,
  },
  delete: { usage: 'PATH', step: (path) => (isText(path) ? { do: 'delete', path } : null) },
  say: talk('say'),
  commit: talk('commit'),
  run: talk('run'),
  ask: talk('ask'),
  use: {
    usage: '{ tokens_in, tokens_out, usd }',
    step: (_, fields) => {
      const tokensIn = integerOf(fields['tokens_in'])
      const tokensOut = integerOf(fields['tokens_out'])
      const { usd } = fields
      if (tokensIn === null || tokensOut === null || typeof usd !== 'number') return null
      return { do: 'use', tokensIn, tokensOut, usd }
    },
  },
  sleep: {
    usage: 'MILLISECONDS or { ms }',
    step: (value, { ms }) => {
      const length = integerOf(value) ?? integerOf(ms)
      return length === null ? null : { do: 'sleep', ms: length }
    },
  },
  wait: {
    usage: 'FILE or { file, timeout_ms }',
    step: (value, fields, folder) => {
      const file = isText(value) ? value : fields['file']
      const timeoutMs = integerOf(fields['timeout_ms']) ?? WAIT_MS
      return isText(file) ? { do: 'wait', file: resolve(folder, file), timeoutMs } : null
    },
  },
  signal: {
    usage: 'FILE or { file }',
    step: (value, fields, folder) => {
      const file = isText(value) ? value : fields['file']
      return isText(file) ? { do: 'signal', file: resolve(folder, file) } : null
    },
  },
  crash: {
    usage: 'SIGKILL or { signal }',
    step: (value, fields) => {
      const signal = isText(value) ? value : (fields['signal'] ?? 'SIGKILL')
      return isText(signal) && /^SIG[A-Z0-9]+$/.test(signal) ? { do: 'crash', signal } : null
    },
  },
  exit: {
    usage: 'CODE or { code }',
    step: (value, fields) => {
      const code = integerOf(value) ?? integerOf(fields['code'])
      return code === null ? null : { do: 'exit', code }
    },
  },
  hang: {
    usage: 'busy or quiet',
    step: (how) => (how === 'busy' || how === 'quiet' ? { do: 'hang', how } : null),
  },
}

function edit(verb: 'write' | 'append'): Verb {
  return {
    usage: '{ path, text }',
    step: (_, { path, text }) => (isText(path) && isText(text) ? { do: verb, path, text } : null),
  }
}

function talk(verb: 'say' | 'commit' | 'run' | 'ask'): Verb {
  return { usage: 'TEXT', step: (text) => (isText(text) ? { do: verb, text } : null) }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** The steps of one attempt, with the placeholders filled in. A workstream that the script does not know does nothing. */
export function stepsFor(script: Script, workstream: string, attempt: number): Step[] {
  const attempts = script.get(workstream) ?? script.get('*') ?? []
  const steps = attempts[Math.min(attempt, attempts.length) - 1] ?? []
  const fill = (text: string): string =>
    text.replaceAll('{workstream}', workstream).replaceAll('{attempt}', String(attempt))
  return steps.map((step) => mapText(step, fill))
}

function mapText(step: Step, fill: (text: string) => string): Step {
  switch (step.do) {
    case 'write':
    case 'append':
      return { ...step, path: fill(step.path), text: fill(step.text) }
    case 'replace':
      return { ...step, path: fill(step.path), from: fill(step.from), to: fill(step.to) }
    case 'delete':
      return { ...step, path: fill(step.path) }
    case 'say':
    case 'commit':
    case 'run':
    case 'ask':
      return { ...step, text: fill(step.text) }
    case 'wait':
    case 'signal':
      return { ...step, file: fill(step.file) }
    default:
      return step
  }
}
