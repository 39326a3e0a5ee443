/**
 * `sluice explain CODE`: the playbook's entry as text, with what this repository's run has to do with it, and what was
 * probably meant when there is no such code.
 */
import { CODES, type Failure } from '../model/failure.ts'
import { didYouMean } from '../model/id.ts'
import type { Fix } from '../model/landing.ts'
import { ENTRIES } from './codes/index.ts'
import type { Entry } from './entry.ts'

export type Explained = { kind: 'entry'; entry: Entry } | { kind: 'unknown'; failure: Failure }

/** What the newest run has to do with a code. */
export interface Here {
  /** Where it was met, in words, oldest first. */
  evidence: readonly string[]
  /** What was repaired, with proof, oldest first. */
  repairs: readonly Pick<Fix, 'workstream' | 'problem' | 'action' | 'proof'>[]
  /** The workstream that met it last; commands name it. */
  workstream: string | null
}

export const NOTHING_HERE: Here = { evidence: [], repairs: [], workstream: null }

/** Lines of evidence and repairs that are shown, the newest; `report` and the logs have all. */
const SHOWN_MAX = 5

/** Widest line: a terminal of 80 columns, less the label. */
const TEXT_WIDTH = 68

const LABEL_WIDTH = 11

/** Is this written like a code, and so cannot be the id of a workstream that somebody asks about? */
export function looksLikeCode(text: string): boolean {
  return /^[ewEW]\d{3}$/.test(text)
}

/** Upper and lower case are the same. An unknown code is an E103 with the nearest one. */
export function explainCode(text: string): Explained {
  const code = text.toUpperCase()
  const entry = ENTRIES.find((each) => each.code === code)
  if (entry !== undefined) return { kind: 'entry', entry }
  const known = ENTRIES.map((each) => each.code)
  const reserved = Object.entries(CODES).find(([each]) => each === code)
  if (reserved !== undefined) {
    const message = `${code} (${reserved[1]}) is not raised by this version, so there is no playbook for it`
    return { kind: 'unknown', failure: { code: 'E103', message, fix: `codes with a playbook: ${known.join(' ')}` } }
  }
  const meant = ENTRIES.find((each) => each.code === didYouMean(code, known))
  const hint =
    meant === undefined ? `the codes are ${known.join(' ')}` : `did you mean ${meant.code} (${CODES[meant.code]})?`
  return { kind: 'unknown', failure: { code: 'E103', message: `there is no code ${JSON.stringify(text)}`, fix: hint } }
}

/** For a terminal of 80 columns. */
export function entryLines(entry: Entry, { evidence, repairs, workstream }: Here = NOTHING_HERE): string[] {
  const repaired = repairs.map(({ workstream: id, problem, action, proof }) => {
    return `${id === null ? '' : `${id}: `}${problem}; ${action}; ${proof}`
  })
  const commands = entry.manual.map((command) =>
    workstream === null ? command : command.replaceAll(/\bID\b/g, workstream),
  )
  return [
    `${entry.code} ${CODES[entry.code]}`,
    '',
    ...labelled('symptom', entry.symptom),
    ...labelled('detected', entry.detect),
    ...listing('here', evidence, 'sluice logs'),
    ...labelled('diagnosis', entry.diagnosis),
    ...labelled('automatic', entry.automatic),
    ...listing('repaired', repaired, 'sluice report'),
    ...commands.map((command, index) => `${(index === 0 ? 'manual' : '').padEnd(LABEL_WIDTH)}${command}`),
  ]
}

function listing(label: string, texts: readonly string[], more: string): string[] {
  if (texts.length === 0) return []
  const hidden = texts.length - SHOWN_MAX
  const shown = texts.slice(-SHOWN_MAX).flatMap((text) => wrapped(text, TEXT_WIDTH))
  const lines = [...(hidden > 0 ? [`(${hidden} earlier ones: ${more})`] : []), ...shown]
  return [...lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`), '']
}

function labelled(label: string, text: string): string[] {
  const lines = wrapped(text, TEXT_WIDTH)
  return [...lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`), '']
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
