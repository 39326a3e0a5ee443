/** What the client of an attempt is told, as its first argument; the argv of the agent follows. Nothing in it is secret. */
import { join } from 'node:path'

export interface AcpOrder {
  /** The brief; absolute. */
  promptFile: string
  /** The session of an earlier attempt that is to go on, or null. */
  session: string | null
  /** To be chosen by the protocol; null: the agent's own, or its arguments have said. */
  model: string | null
  /** What becomes of the agent's questions for permission: yes to all, or a person answers each. */
  permissions: 'allow' | 'ask'
  /** The attempt's folder, where the answers appear; the agent's box shows it and does not let it be written. */
  answers: string
}

/** A person's answer to one question. */
export interface WrittenAnswer {
  allow: boolean
  by: string
  comment: string | null
}

/** Where the answer to a question (by its number in the attempt) appears, whole. */
export function answerFile(dir: string, question: string): string {
  return join(dir, `answer-${question}.json`)
}
