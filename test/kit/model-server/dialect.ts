/**
 * The seam between the scripted model and the ways in which providers are talked to. A dialect reads a request into an
 * `Ask` and writes an `Answer`; what is answered is decided without it.
 */
import type { Json } from './body.ts'
import type { Fault } from './script.ts'

/** A tool that the request offers. */
export interface Offer {
  name: string
  /** JSON schema of its arguments; null for one that takes a text (Codex's `apply_patch`). */
  schema: Json
}

export interface Ask {
  model: string
  isStream: boolean
  offers: Offer[]
  /** How many calls have been answered so far: the step of the script. */
  results: number
  /** All of its text, the system's too. */
  text: string
  /** A JSON schema that the answer has to follow, null when it may be text. */
  wanted: Json
}

export interface Call {
  name: string
  /** A text for a tool without a schema. */
  args: { [key: string]: Json } | string
}

export interface Answer {
  text: string
  call: Call | null
  /** The model declined: some dialects say so beside the text. */
  isRefusal: boolean
}

/** What each answer is said to have cost, so that a test can add it up. */
export const USAGE = { tokensIn: 1200, tokensOut: 34 }

/** One server-sent event: its name, where the dialect has names, and its data. */
export interface Frame {
  event?: string
  data: Json
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: Json
}

export interface Dialect {
  id: 'chat' | 'responses' | 'messages' | 'gemini'
  /** What the request asks for; `path` is what follows the script's name. null when it is not for a model. */
  read(path: string, body: Json): Ask | null
  /** The whole answer at once. `id` is unique. */
  whole(id: string, ask: Ask, answer: Answer): Json
  /** The answer in pieces; at least two. */
  frames(id: string, ask: Ask, answer: Answer): Frame[]
  /** The answer of its providers to a fault that is told by a status; null for the others. */
  failure(fault: Fault, ask: Ask): HttpAnswer | null
}

/** A text in two halves, so that an answer can break in its middle. */
export function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '')
}

export function argumentsText({ args }: Call): string {
  return typeof args === 'string' ? args : JSON.stringify(args)
}
