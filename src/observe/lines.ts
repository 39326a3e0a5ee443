/**
 * Progress that a person can follow without a terminal of any ability: one line per event, time first, then who, then
 * what. The whole life of a run can be read from these lines alone.
 *
 * On GitHub Actions warnings and errors become annotations, and what a failed check printed becomes a group that folds.
 */
import type { Event } from '../model/event.ts'
import { paint, type Colour, type Style } from './style.ts'
import { createTeller } from './tell.ts'
import type { Level, Telling } from './telling.ts'
import { clockText } from './units.ts'

/** Subjects are padded, so that the eye finds the columns again: to this at least, and at most; longer ones push on. */
const SUBJECT_WIDTH_MIN = 8
const SUBJECT_WIDTH_MAX = 28

/** Renders events in order; gives no line for what is too small for a screen. `ids` are those of the workstreams. */
export function createProgress(style: Style, ids: Iterable<string> = []): (event: Event) => string[] {
  const tell = createTeller()
  let width = SUBJECT_WIDTH_MIN
  for (const { length } of ids) width = Math.min(SUBJECT_WIDTH_MAX, Math.max(width, length))
  return (event) => {
    const telling = tell(event)
    if (!telling.loud) return []
    return style.github ? annotated(event, telling, width) : plain(event, telling, style, width)
  }
}

/** Under the text, right of the clock and the subject. */
function indent(width: number): string {
  return ' '.repeat(9 + width + 1)
}

function plain(event: Event, telling: Telling, style: Style, width: number): string[] {
  const colour = telling.complete ? 'green' : COLOUR[telling.level]
  const text = colour === null ? telling.text : paint(style, colour, telling.text)
  return [
    `${paint(style, 'dim', clockText(event.at))} ${paint(style, 'bold', telling.subject.padEnd(width))} ${text}`,
    ...telling.detail.map((line) => `${indent(width)}${paint(style, 'dim', line)}`),
  ]
}

const COLOUR: Record<Level, Colour | null> = { info: null, warning: 'yellow', error: 'red' }

function annotated(event: Event, telling: Telling, width: number): string[] {
  const subject = message(telling.subject)
  const first =
    telling.level === 'info'
      ? `${clockText(event.at)} ${telling.subject.padEnd(width)} ${telling.text}`
      : `::${telling.level} title=${property(telling.subject)}::${subject} ${message(telling.text)}`
  const detail = telling.detail.map((line) => indent(width) + line)
  const isGroup = detail.length > 1
  return [first, ...(isGroup ? [`::group::${subject}`] : []), ...detail, ...(isGroup ? ['::endgroup::'] : [])].map(
    inert,
  )
}

/** The three characters that would end a workflow command's message. */
function message(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** The old spelling of commands is obeyed anywhere in a line. */
function inert(line: string): string {
  return line.replaceAll('##[', '# #[')
}

/** A property must not end at a comma or a colon either. */
function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
