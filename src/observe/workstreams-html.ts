/** Every workstream with its attempts, and what each attempt left besides what could land: the twin of the timeline as a table. */
import { html, type Html } from './html.ts'
import { codeHtml } from './html-parts.ts'
import { lookOf } from './look.ts'
import { oneLine } from './neutralise.ts'
import type { ReportAttempt, ReportDocument } from './report.ts'
import { durationText, listed, shortCommit } from './units.ts'

const TEXT_MAX = 300
const PATHS_MAX = 10
const COLUMNS = ['attempt', 'tool', 'outcome', 'time', 'files', 'said'] as const

export function workstreamsHtml({ workstreams, attempts }: ReportDocument): Html | null {
  if (workstreams.length === 0) return null
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${COLUMNS.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      ${workstreams.map(({ id, title, state, blockedBy }) => {
        const own = attempts.filter(({ workstream }) => workstream === id)
        const by =
          blockedBy.length === 0 ? '' : ` ${state === 'blocked' ? 'by' : 'after'} ${listed(blockedBy, PATHS_MAX)}`
        return html`<tbody>
          <tr>
            <th colspan="${COLUMNS.length}">
              ${id} <span class="soft">${oneLine(title, TEXT_MAX)}</span> <span class="${lookOf(state)}">${state}</span
              ><span class="soft">${by}</span>
            </th>
          </tr>
          ${own.map(attemptHtml)}
        </tbody> `
      })}
    </table>
  </div> `
}

function attemptHtml(attempt: ReportAttempt): Html {
  const { tool, outcome, code, ms, changed, message } = attempt
  const isGood = outcome === 'ok' || outcome === 'empty'
  const end = `${outcome}${code === null ? '' : ` ${code}`}`
  return html`<tr>
    <td>${attempt.attempt}</td>
    <td class="keep">${tool}</td>
    <td class="${ms === null ? 'soft' : isGood ? 'good' : 'bad'}">${end}</td>
    <td class="keep">${ms === null ? '' : durationText(ms)}</td>
    <td>${changed}</td>
    <td>${oneLine(message ?? '', TEXT_MAX)}${keptHtml(attempt)}</td>
  </tr> `
}

function keptHtml({ work, parked, strays, approvals }: ReportAttempt): Html[] {
  return [
    ...(work === null ? [] : [html`<div class="soft">work ${codeHtml(shortCommit(work))}</div>`]),
    ...(parked === null
      ? []
      : [
          html`<div>
            parked, outside its scope: ${listed(parked.paths, PATHS_MAX)}; to have it:
            ${codeHtml(`git apply ${parked.patch}`)}
          </div>`,
        ]),
    ...strays.map(({ ref }) => html`<div>kept besides the work: ${codeHtml(`git log -p ${ref}`)}</div>`),
    ...approvals.map(({ by }) => html`<div>approved by ${oneLine(by, TEXT_MAX)}</div>`),
  ]
}
