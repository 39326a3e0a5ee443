/**
 * The report as one file for a browser: no script, nothing from the network, and a policy in it that forbids both, should
 * anything foreign get through all the same. Decisions come first, then proof, as in the report for people who read text.
 */
import { createHash } from 'node:crypto'
import { STATE_NAMES } from '../model/state.ts'
import { conflictHtml } from './conflict-html.ts'
import { html, Html, type Part } from './html.ts'
import { checkHtml, codeHtml, tableHtml, timeHtml } from './html-parts.ts'
import { landingHtml } from './landing-html.ts'
import { lookOf } from './look.ts'
import { oneLine } from './neutralise.ts'
import type { ReportDocument } from './report.ts'
import { REPORT_STYLE } from './report-style.ts'
import { timelineHtml } from './timeline.ts'
import { count, durationText, shortCommit } from './units.ts'
import { workstreamsHtml } from './workstreams-html.ts'

const TEXT_MAX = 300

/** Only our own style is applied, known by its digest; nothing is loaded, sent or run. */
const POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
].join('; ')

/** In one piece: a blank more, and its digest is another one. */
const STYLE = new Html(`<style>${REPORT_STYLE}</style>`)

interface Section {
  /** Of the link to it. */
  anchor: string
  title: string
  body: Html | null
}

export function reportHtml(report: ReportDocument): string {
  const { run } = report
  const sections = sectionsOf(report).filter(({ body }) => body !== null)
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Sluice run ${run.id}</title>
        ${STYLE}
      </head>
      <body>
        <header>
          <h1>Sluice run ${run.id}</h1>
          ${summaryHtml(report)}
          <nav>
            <ul class="contents">
              ${sections.map(({ anchor, title }) => html`<li><a href="#${anchor}">${title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${sections.map(
            ({ anchor, title, body }) =>
              html`<section id="${anchor}">
                <h2>${title}</h2>
                ${body}
              </section> `,
          )}
        </main>
      </body>
    </html> `
  return page.source
}

function summaryHtml({ run, timings, counts }: ReportDocument): Html {
  const { boundMs, makespanMs, starts } = timings
  const inStarts = starts === 1 ? '' : ` in ${starts} starts`
  const bound = boundMs === null ? '' : ` (the estimates allow ${durationText(boundMs)} at best)`
  const there = STATE_NAMES.filter((name) => (counts[name] ?? 0) > 0)
  return html`<p>
      Target ${codeHtml(run.target)}, begun ${timeHtml(run.startedAt)} at ${codeHtml(shortCommit(run.base))},
      ${run.state}. ${count(run.agents, 'agent')}, ${durationText(makespanMs)} at work${inStarts}${bound}.
    </p>
    <ul class="counts">
      ${there.map((name) => html`<li class="${lookOf(name)}">${counts[name] ?? 0} ${name}</li>`)}
    </ul>`
}

function sectionsOf(report: ReportDocument): Section[] {
  const { conflicts, landings } = report
  return [
    { anchor: 'conflicts', title: 'Needs you: conflicts', body: listHtml(conflicts.map(conflictHtml)) },
    { anchor: 'approvals', title: 'Needs you: approvals', body: approvalsHtml(report) },
    { anchor: 'not-landed', title: 'Not landed', body: failuresHtml(report) },
    { anchor: 'timeline', title: 'Timeline', body: timelineHtml(report) },
    { anchor: 'workstreams', title: 'Workstreams', body: workstreamsHtml(report) },
    { anchor: 'landings', title: 'Landings', body: listHtml(landings.map(landingHtml)) },
    { anchor: 'look', title: 'Worth a look', body: warningsHtml(report) },
    { anchor: 'after', title: 'Checks after the run', body: afterHtml(report) },
    { anchor: 'repairs', title: 'Repairs', body: repairsHtml(report) },
    { anchor: 'statistics', title: 'Conflicts so far', body: statisticsHtml(report) },
  ]
}

function listHtml(items: readonly Html[]): Html | null {
  return items.length === 0 ? null : html`${items}`
}

function approvalsHtml({ approvals }: ReportDocument): Html | null {
  return tableHtml(
    ['workstream', 'what', 'work', 'asked for by', 'since', 'next'],
    approvals.map(({ workstream, title, work, rule, since }) => [
      workstream,
      text(title),
      codeHtml(shortCommit(work)),
      codeHtml(text(rule)),
      timeHtml(since),
      codeHtml(`sluice approve ${workstream} --show`),
    ]),
  )
}

function failuresHtml({ failures }: ReportDocument): Html | null {
  return tableHtml(
    ['workstream', 'state', 'why', 'next'],
    failures.map(({ workstream, state, code, message }) => [
      workstream,
      html`<span class="bad">${state}</span>`,
      text(code === null ? message : `${code} ${message}`),
      codeHtml(`sluice ${state === 'failed' ? 'retry' : 'explain'} ${workstream}`),
    ]),
  )
}

function warningsHtml({ warnings }: ReportDocument): Html | null {
  return tableHtml(
    ['workstream', 'attempt', 'what', 'at'],
    warnings.map(({ workstream, attempt, code, message, at }) => [
      workstream ?? '',
      attempt ?? '',
      text(`${code} ${message}`),
      timeHtml(at),
    ]),
  )
}

function afterHtml({ after }: ReportDocument): Html | null {
  return tableHtml(
    ['check', 'result'],
    after.map((check) => [text(check.name), checkHtml(check)]),
  )
}

function repairsHtml({ fixes }: ReportDocument): Html | null {
  return tableHtml(
    ['code', 'workstream', 'problem', 'action', 'proof', 'at'],
    fixes.map(({ code, workstream, problem, action, proof, at }) => [
      code,
      workstream ?? '',
      text(problem),
      text(action),
      text(proof),
      timeHtml(at),
    ]),
  )
}

/** Over all runs; what never met a conflict is left to the JSON document. */
function statisticsHtml({ conflictStatistics: { workstreams, paths } }: ReportDocument): Html | null {
  const share = (rate: number): string => `${Math.round(rate * 100)} %`
  const met = workstreams.filter(({ conflicts }) => conflicts > 0)
  const tables: Part[] = [
    tableHtml(
      ['workstream', 'tries to land', 'conflicts', 'rate'],
      met.map(({ id, attempts, conflicts, rate }) => [id, attempts, conflicts, share(rate)]),
    ),
    tableHtml(
      ['path', 'landings', 'conflicts', 'rate'],
      paths.map(({ path, landings, conflicts, rate }) => [codeHtml(path), landings, conflicts, share(rate)]),
    ),
  ]
  return tables.every((one) => one === null) ? null : html`${tables}`
}

function text(foreign: string): string {
  return oneLine(foreign, TEXT_MAX)
}
