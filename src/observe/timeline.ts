/**
 * When what was at work, as a picture: a lane for each workstream, a bar for each attempt, a mark for each landing. Times when
 * nothing was at work are cut short, or a night between two starts would leave no room for the bars.
 */
import { html, type Html } from './html.ts'
import type { ReportAttempt, ReportDocument, ReportLanding } from './report.ts'
import { durationText } from './units.ts'

/** Milliseconds since 1970. */
interface Span {
  from: number
  to: number
}

/** Of the picture's own units. */
const WIDTH = 1000
const LABEL = 170
const RIGHT = 12
const LANE = 22
const AXIS = 24
/** For the lengths of pauses, which are this far apart at least. */
const TOP = 18
const LABELS_APART = 50
const BAR_MIN = 2
const LETTERS_MAX = 24

/** A pause longer than this share of the time at work is drawn as long as this. */
const PAUSE_SHARE = 0.04

/** null: nothing was at work. */
export function timelineHtml({ workstreams, attempts, landings }: ReportDocument): Html | null {
  const times = [...attempts.map(({ startedAt, ms }) => startedAt + (ms ?? 0)), ...landings.map(({ at }) => at)]
  // One that is still running has lasted up to the last thing that is known.
  const last = Math.max(...times)
  const spans = [...attempts.map((attempt) => attemptSpan(attempt, last)), ...landings.map(landingSpan)]
  if (spans.length === 0) return null
  const axis = axisOf(spans)
  const lanes = workstreams.flatMap(({ id }) => {
    const own = attempts.filter(({ workstream }) => workstream === id)
    return own.length === 0 ? [] : [{ id, own, landed: landings.filter(({ workstream }) => workstream === id) }]
  })
  const bottom = TOP + lanes.length * LANE
  return html`<div class="scroll">
      <svg
        viewBox="0 0 ${WIDTH} ${bottom + AXIS}"
        role="img"
        aria-label="Attempts and landings over time; the table of workstreams says the same"
      >
        ${axis.pauses.map(
          ({ x, ms }) =>
            html`<line class="gap" x1="${x}" x2="${x}" y1="${TOP}" y2="${bottom}"
              ><title>nothing was at work for ${durationText(ms)}</title></line
            > `,
        )}${labelled(axis.pauses).map(
          ({ x, ms }) =>
            html`<text class="soft" x="${x}" y="${TOP - 6}" text-anchor="middle">${durationText(ms)}</text> `,
        )}${lanes.map(({ id, own, landed }, index) => {
          const y = TOP + index * LANE
          return html`<text x="0" y="${y + 15}">${short(id)}<title>${id}</title></text>
            <line class="rule" x1="0" x2="${WIDTH}" y1="${y + LANE - 1}" y2="${y + LANE - 1}" />
            ${own.map((attempt) => barHtml(attempt, axis.x, last, y))}${landed.map((landing) => markHtml(landing, axis.x, y))}`
        })}
        <text class="soft" x="${LABEL}" y="${bottom + 16}">${clock(axis.from)}</text>
        <text class="soft" x="${WIDTH}" y="${bottom + 16}" text-anchor="end">${clock(axis.to)} UTC</text>
      </svg>
    </div>
    <p class="soft">
      Filled: accepted. Hollow: not accepted. Diamond:
      landed.${axis.pauses.length === 0 ? null : ' Dashed: a pause, cut short, with its length.'}
    </p> `
}

function attemptSpan({ startedAt, ms }: ReportAttempt, last: number): Span {
  return { from: startedAt, to: ms === null ? Math.max(startedAt, last) : startedAt + ms }
}

/** Its gate was run just before, unless it was known. */
function landingSpan({ at, gate, gateCached }: ReportLanding): Span {
  return { from: gateCached ? at : at - gate.reduce((sum, { ms }) => sum + ms, 0), to: at }
}

/** Of pauses that are drawn close to each other only the first is labelled: all say it when they are pointed at. */
function labelled(pauses: Axis['pauses']): Axis['pauses'] {
  const kept: Axis['pauses'] = []
  for (const pause of pauses) {
    if (pause.x - (kept.at(-1)?.x ?? 0) >= LABELS_APART) kept.push(pause)
  }
  return kept
}

interface Axis extends Span {
  x: (at: number) => number
  pauses: { x: number; ms: number }[]
}

function axisOf(spans: readonly Span[]): Axis {
  const busy = union(spans)
  const busyMs = busy.reduce((sum, { from, to }) => sum + to - from, 0)
  const pauseMsMax = Math.max(1, busyMs * PAUSE_SHARE)
  // Where each busy stretch begins on the shortened axis, in milliseconds of it.
  const starts: number[] = []
  const cuts: { at: number; ms: number }[] = []
  let length = 0
  for (const [index, { from, to }] of busy.entries()) {
    const pause = index === 0 ? 0 : from - busy[index - 1]!.to
    const drawn = Math.min(pause, pauseMsMax)
    if (drawn < pause) cuts.push({ at: length + drawn / 2, ms: pause })
    starts.push(length + drawn)
    length += drawn + to - from
  }
  const scale = (WIDTH - LABEL - RIGHT) / Math.max(1, length)
  const place = (shortened: number): number => Math.round((LABEL + shortened * scale) * 10) / 10
  return {
    from: busy[0]!.from,
    to: busy.at(-1)!.to,
    // Every time that is asked for lies in a busy stretch.
    x(at) {
      const index = busy.findLastIndex(({ from }) => from <= at)
      return place(starts[index]! + at - busy[index]!.from)
    },
    pauses: cuts.map(({ at, ms }) => ({ x: place(at), ms })),
  }
}

/** Without overlaps, in order. */
function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

function barHtml(attempt: ReportAttempt, x: Axis['x'], last: number, y: number): Html {
  const { from, to } = attemptSpan(attempt, last)
  const width = Math.max(BAR_MIN, Math.round((x(to) - x(from)) * 10) / 10)
  const { outcome, tool } = attempt
  const look = attempt.ms === null ? 'open' : outcome === 'ok' || outcome === 'empty' ? 'ok' : 'not'
  const what = `attempt ${attempt.attempt} by ${tool}: ${outcome}, ${durationText(to - from)}`
  return html`<rect class="${look}" x="${x(from)}" y="${y + 5}" width="${width}" height="10" rx="1.5"
    ><title>${what}</title></rect
  > `
}

function markHtml({ landing, at }: ReportLanding, x: Axis['x'], y: number): Html {
  const [left, top] = [x(at), y + 10]
  const points = `${left},${top - 6} ${left + 6},${top} ${left},${top + 6} ${left - 6},${top}`
  return html`<polygon class="landed" points="${points}"><title>landing ${landing}</title></polygon> `
}

function short(id: string): string {
  return id.length <= LETTERS_MAX ? id : `${id.slice(0, LETTERS_MAX - 1)}…`
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}
