/** Reading what agents print as one JSON object a line, which is made by somebody else: every field is still to be checked. */
import { lstatSync, readFileSync } from 'node:fs'
import type { Usage } from '../model/attempt.ts'
import { fieldsOf } from '../process/files.ts'
import type { ToolEvent } from './tool.ts'

/** A reader of whole lines; what is no JSON object says nothing. */
export function jsonLines(read: (event: Record<string, unknown>) => ToolEvent[]): (line: string) => ToolEvent[] {
  return (line) => {
    if (!line.startsWith('{')) return []
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      return []
    }
    return read(fieldsOf(value))
  }
}

/** The text in a field; empty when there is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The number in a field, or null. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Entries of a list, each as fields; none when it is no list. */
export function entriesOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** Its name for the conversation, and the model that it has chosen. */
export function session(id: unknown, model: unknown): ToolEvent {
  return { type: 'session', id: textOf(id), ...(typeof model === 'string' ? { model } : {}) }
}

/** What was said, or nothing when that is blank. */
export function said(text: unknown): ToolEvent[] {
  const words = textOf(text).trim()
  return words === '' ? [] : [{ type: 'said', text: words }]
}

/** The use of one of its own tools, with the paths among the arguments. */
export function called(name: unknown, input: unknown): ToolEvent {
  const fields = fieldsOf(input)
  const paths = PATH_FIELDS.flatMap((field) => (typeof fields[field] === 'string' ? [fields[field]] : []))
  return { type: 'called', name: textOf(name), paths }
}

/** As the tools of the agents call the argument that is a file. */
const PATH_FIELDS = ['file_path', 'filePath', 'path', 'notebook_path', 'absolute_path'] as const

/** Of counts that may be missing; `cached` is part of `input` or comes on top of it, as the service counts. */
export function usageOf(counts: {
  input: unknown
  cached: unknown
  output: unknown
  cost?: unknown
  isCachedOnTop?: boolean
}): Usage {
  const cached = numberOf(counts.cached) ?? 0
  return {
    tokensIn: (numberOf(counts.input) ?? 0) + (counts.isCachedOnTop === true ? cached : 0),
    tokensCached: cached,
    tokensOut: numberOf(counts.output) ?? 0,
    costUsd: numberOf(counts.cost),
  }
}

/** Of a file that a tool writes about itself. */
const FILE_BYTES_MAX = 1024 * 1024

/** What is in a small JSON file that a tool has written; null when it is none, or leads to another file. */
export function readSmallJson(path: string): unknown {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true || found.size > FILE_BYTES_MAX) return null
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
