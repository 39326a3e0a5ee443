/**
 * `sluice logs analyze`: what a night of log lines comes down to. Errors and warnings that differ only in ids, numbers and
 * paths are one cluster, with how often, first and last; what was completed; and what each agent met.
 */
import { errorSignature } from '../tools/signatures.ts'
import { LineReader } from './line-reader.ts'
import { createRedactor } from '../process/redact.ts'

export type LogLevel = 'ERROR' | 'WARNING'

export interface Cluster {
  level: LogLevel
  /** What the lines have in common; what differs is `#` or `…`. */
  signature: string
  count: number
  /** Milliseconds since 1970; null where the lines have no time (what a tool printed). */
  first: number | null
  last: number | null
  /** One of them, as it stands in the log. */
  example: string
  /** Workstreams, slots or `run`, at most as many as are worth naming. */
  who: string[]
  /** Log files, or the attempt whose output it is. */
  where: string[]
}

export interface LogAnalysis {
  clusters: Cluster[]
  /** Workstreams that were completed, in order. */
  completed: { workstream: string; at: number; text: string }[]
  /** What was put right by itself: no longer anything to worry about, so among no cluster. */
  repaired: { who: string; at: number; text: string }[]
  agents: { agent: string; lines: number; errors: number; warnings: number; completed: number }[]
  lines: number
}

/** One log as it was read. `agent`: it is that agent's; its lines are counted for it and not clustered once more. */
export interface LogText {
  name: string
  agent: string | null
  lines: readonly string[]
}

/** How a repair is told (`tell.ts`). */
const REPAIRED = 'repaired '

/** Names that a cluster lists. */
const NAMES_MAX = 5

/** `TIME LEVEL subject text #run:seq`: see docs/logs.md. */
const LINE = /^(\d{4}-\d\d-\d\dT\S+) (INFO|WARNING|ERROR) +(\S+) (.*?)(?: #[A-Za-z0-9._-]+:\d+)?$/

/** `logs`: the five files. `outputs`: what tools printed, each with the attempt's name (`ws-09.2`). */
export function analyseLogs(logs: readonly LogText[], outputs: readonly LogText[]): LogAnalysis {
  const clusters = new Map<string, Cluster>()
  const completed: LogAnalysis['completed'] = []
  const repaired: LogAnalysis['repaired'] = []
  const agents = new Map<string, LogAnalysis['agents'][number]>()
  let count = 0
  for (const { name, agent, lines } of logs) {
    const own = agent === null ? null : (agents.get(agent) ?? { agent, lines: 0, errors: 0, warnings: 0, completed: 0 })
    if (agent !== null && own !== null) agents.set(agent, own)
    for (const line of lines) {
      const match = LINE.exec(line)
      if (match === null) continue
      const [at, level, subject, text] = [Date.parse(match[1]!), match[2]!, match[3]!, match[4]!]
      if (own === null) count += 1
      else {
        own.lines += 1
        if (level === 'ERROR') own.errors += 1
        if (level === 'WARNING' && !text.startsWith(REPAIRED)) own.warnings += 1
        if (text.startsWith('COMPLETE ')) own.completed += 1
        continue
      }
      if (text.startsWith('COMPLETE '))
        completed.push({ workstream: subject, at, text: text.slice('COMPLETE '.length) })
      if (text.startsWith(REPAIRED)) repaired.push({ who: subject, at, text: text.slice(REPAIRED.length) })
      if (level === 'INFO' || text.startsWith(REPAIRED)) continue
      const one = { level: level as LogLevel, signature: signatureOf(text, subject), at, example: text, who: subject }
      add(clusters, { ...one, where: name })
    }
  }
  for (const { name, lines } of outputs) {
    for (const line of lines) {
      const signature = errorSignature(line)
      if (signature === null) continue
      const level = /\bwarn/i.test(line) ? 'WARNING' : 'ERROR'
      const who = name.slice(0, name.lastIndexOf('.'))
      add(clusters, {
        level,
        signature,
        at: null,
        example: line.trim().slice(0, EXAMPLE_MAX),
        who,
        where: `output of ${name}`,
      })
    }
  }
  return {
    clusters: [...clusters.values()].toSorted((a, b) => rank(a) - rank(b) || b.count - a.count),
    completed,
    repaired,
    agents: [...agents.values()].toSorted((a, b) => a.agent.localeCompare(b.agent, 'en', { numeric: true })),
    lines: count,
  }
}

const EXAMPLE_MAX = 300

/** Lines of a text that was read as a whole, safe to show. */
export function linesOf(bytes: Uint8Array, redactor = createRedactor()): string[] {
  const reader = new LineReader(redactor)
  const lines = reader.push(bytes)
  const last = reader.end()
  return last === null ? lines : [...lines, last]
}

function rank({ level }: Cluster): number {
  return level === 'ERROR' ? 0 : 1
}

/** What the same trouble of different workstreams has in common: codes stay, what is theirs goes. */
function signatureOf(text: string, subject: string): string {
  const words = text.split(/([^A-Za-z0-9._-]+)/)
  return words
    .map((word) => (word === subject ? '…' : word))
    .join('')
    .replaceAll(/(["'`]).*?\1/g, '…')
    .replaceAll(/\S*\/\S*/g, '…')
    .replaceAll(/\b(?![EW]\d{3}\b)(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

interface Line {
  level: LogLevel
  signature: string
  at: number | null
  example: string
  who: string
  where: string
}

function add(clusters: Map<string, Cluster>, { level, signature, at, example, who, where }: Line): void {
  const key = `${level} ${signature}`
  const known = clusters.get(key)
  if (known === undefined) {
    clusters.set(key, { level, signature, count: 1, first: at, last: at, example, who: [who], where: [where] })
    return
  }
  known.count += 1
  known.first ??= at
  known.last = at ?? known.last
  if (known.who.length < NAMES_MAX && !known.who.includes(who)) known.who.push(who)
  if (known.where.length < NAMES_MAX && !known.where.includes(where)) known.where.push(where)
}
