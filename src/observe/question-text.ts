/** What a tool at work asks to be allowed: for whoever answers, on a terminal and as the `questions` of a document. */
import { type Attempt, openQuestion, questionKey } from '../model/attempt.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { neutraliseLines, oneLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'

export interface OpenQuestion {
  workstream: string
  title: string
  attempt: number
  tool: string
  /** By which an answer names it. */
  key: string
  what: string
}

const TEXT_MAX = 200

/** Of these workstreams, in their order. */
export function openQuestions(
  rows: readonly Pick<WorkstreamRow, 'id' | 'state' | 'definition'>[],
  latest: ReadonlyMap<string, Attempt>,
): OpenQuestion[] {
  return rows.flatMap(({ id, state, definition }) => {
    const attempt = latest.get(id)
    if (state.state !== 'running' || attempt?.number !== state.attempt) return []
    const question = openQuestion(attempt)
    if (question === null) return []
    const { number, tool } = attempt
    const key = questionKey(attempt, question)
    return [{ workstream: id, title: definition.title, attempt: number, tool, key, what: question.what }]
  })
}

/** Lines; all of what it wants is shown, for that is what somebody agrees to. */
export function questionText({ workstream, title, attempt, tool, what }: OpenQuestion, style: Style): string[] {
  const about = title === '' ? '' : `: ${oneLine(title, TEXT_MAX)}`
  return [
    paint(style, 'bold', `E206 ${workstream} is asked about${about}`),
    `  asked by  ${tool}, attempt ${attempt}; it stands still until somebody has answered`,
    ...neutraliseLines(what).map((line, index) => `  ${(index === 0 ? 'may it' : '').padEnd(10)}${line}`),
  ]
}
