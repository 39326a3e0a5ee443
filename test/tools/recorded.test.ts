/**
 * What the real agents printed in each case (`test/tools/real/record.ts` wrote it down), read by their adapters: what is
 * said, edited and used, and how the try is judged.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Outcome, OutcomeKind } from '../../src/model/attempt.ts'
import type { ProcessExit } from '../../src/process/attempt-folder.ts'
import { hear, type Heard, NOTHING_HEARD } from '../../src/tools/heard.ts'
import { toolsOf } from '../../src/tools/registry.ts'
import type { ProcessTool, ToolEvent } from '../../src/tools/tool.ts'
import { configOf } from './stage.ts'

const RECORDED = join(import.meta.dirname, 'recorded')

interface End extends ProcessExit {
  /** The signal by which the recorder ended it, if it had to. */
  killed: string | null
  changed: string[]
}

interface Played {
  events: ToolEvent[]
  heard: Heard
  outcome: Outcome
}

function endOf(tool: string, name: string): End {
  const ends = JSON.parse(readFileSync(join(RECORDED, tool, 'ends.json'), 'utf8')) as Record<string, End>
  return ends[name]!
}

/** One case of one agent, from its first line to its end. */
function play(tool: string, name: string): Played {
  const text = readFileSync(join(RECORDED, tool, `${name}.txt`), 'utf8')
  const { code, signal, changed } = endOf(tool, name)
  const adapter = toolsOf(configOf([tool], {})).get(tool) as ProcessTool
  const parse = adapter.parser!()
  const events = text.split('\n').flatMap((line) => parse(line))
  const heard = events.reduce(hear, NOTHING_HEARD)
  return { events, heard, outcome: adapter.classify({ code, signal }, text.slice(-8000), changed.length > 0, heard) }
}

/** How each case has to be judged. */
const EXPECTED: Readonly<Record<string, OutcomeKind>> = {
  ok: 'ok',
  auth: 'auth',
  rate: 'rate',
  'rate-once': 'ok',
  quota: 'quota',
  payment: 'quota',
  model: 'model',
  unavailable: 'overloaded',
  overloaded: 'overloaded',
  overflow: 'overflow',
  refused: 'network',
  reset: 'network',
  drop: 'network',
  refusal: 'refusal',
  'no-change': 'no-change',
  empty: 'no-change',
  garbage: 'protocol',
}

/** An answer without content is nothing to some and an error to others; one without form is a broken line to Codex. */
const EXCEPT: Readonly<Record<string, OutcomeKind>> = {
  'copilot empty': 'protocol',
  'gemini empty': 'protocol',
  'qwen empty': 'protocol',
  'codex garbage': 'network',
}

const files = globSync('*/*.txt', { cwd: RECORDED }).sort((a, b) => a.localeCompare(b))
const cases = files.map((file) => [dirname(file), basename(file, '.txt')] as const)

describe('the recorded end of', () => {
  // What was ended by us, as for silence, is not the adapter's to judge.
  const byThemselves = cases.filter(([tool, name]) => endOf(tool, name).killed === null)

  it.each(byThemselves)('%s, case %s, is judged by what it is', (tool, name) => {
    expect(play(tool, name).outcome).toMatchObject({ kind: EXCEPT[`${tool} ${name}`] ?? EXPECTED[name]! })
  })

  it.each([...new Set(cases.map(([tool]) => tool))])('%s, well done, tells what was edited and used', (tool) => {
    const { events, heard } = play(tool, 'ok')
    const words = events.flatMap((event) => (event.type === 'said' ? [event.text] : []))
    expect(words).toContain('I wrote notes.txt.')
    // Aider has everything in one answer; Copilot writes it into a file, Codex edits by its shell.
    const answers = tool === 'aider' ? 1 : 3
    if (tool !== 'copilot') expect(heard.usage).toMatchObject({ tokensIn: 1200 * answers, tokensOut: 34 * answers })
    const paths = events.flatMap((event) => {
      if (event.type === 'called') return event.paths
      return event.type === 'edited' ? [event.path] : []
    })
    if (tool !== 'codex') expect(paths.join(' ')).toContain('notes.txt')
  })
})
