/** `sluice explain CODE`: the playbook's entry as text, and what was probably meant when there is no such code. */
import { CODES, type Failure } from '../model/failure.ts'
import { didYouMean } from '../model/id.ts'
import { ENTRIES } from './codes/index.ts'
import type { Entry } from './entry.ts'

export type Explained = { kind: 'entry'; entry: Entry; lines: string[] } | { kind: 'unknown'; failure: Failure }

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
  if (entry !== undefined) return { kind: 'entry', entry, lines: entryLines(entry) }
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

function entryLines(entry: Entry): string[] {
  return [
    `${entry.code} ${CODES[entry.code]}`,
    '',
    ...labelled('symptom', entry.symptom),
    ...labelled('diagnosis', entry.diagnosis),
    ...labelled('automatic', entry.automatic),
    ...entry.manual.map((command, index) => `${(index === 0 ? 'manual' : '').padEnd(LABEL_WIDTH)}${command}`),
  ]
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
