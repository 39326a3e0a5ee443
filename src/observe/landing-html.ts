/** A landing on a page, with its receipt: what landed, made by whom, approved by whom, and what passed on exactly that tree. */
import { html, type Html } from './html.ts'
import { checkHtml, codeHtml, timeHtml } from './html-parts.ts'
import { oneLine } from './neutralise.ts'
import type { ReportLanding } from './report.ts'

const TEXT_MAX = 200

/** Commits are given in full: this is what somebody would hold against the repository. */
export function landingHtml(landing: ReportLanding): Html {
  const { workstream, title, commit, parents, attempt, tool, at, published, receipt } = landing
  return html`<article>
    <h3>${workstream} <span class="soft">${oneLine(title, TEXT_MAX)}</span></h3>
    <dl>
      <dt>commit</dt>
      <dd>${codeHtml(commit)}${published ? null : html` <span class="warn">not in the checkout yet</span>`}</dd>
      ${
        receipt === null
          ? null
          : html`<dt>tree</dt>
              <dd>${codeHtml(receipt.tree)}</dd>`
      }
      <dt>parents</dt>
      <dd>${parents.map((parent) => html`${codeHtml(parent)} `)}</dd>
      <dt>made by</dt>
      <dd>${tool === null ? null : `${tool}, `}attempt ${attempt}</dd>
      ${(receipt?.approvals ?? []).map(
        ({ by, at: when, comment }) =>
          html`<dt>approved by</dt>
            <dd>
              ${oneLine(by, TEXT_MAX)},
              ${timeHtml(when)}${comment === null ? null : html`: ${oneLine(comment, TEXT_MAX)}`}
            </dd> `,
      )}
      <dt>landed</dt>
      <dd>${timeHtml(at)} <span class="soft">${landing.landing}</span></dd>
      <dt>gate</dt>
      <dd>${gateHtml(landing)}</dd>
    </dl>
  </article> `
}

function gateHtml({ gate, gateCached, receipt }: ReportLanding): Html {
  if (gate.length === 0) return html`none wanted`
  const checks = gate.map((check) => html`<div>${codeHtml(oneLine(check.command, TEXT_MAX))} ${checkHtml(check)}</div>`)
  const known = gateCached ? html`<div class="soft">known from the same tree, not run again</div>` : null
  const group = receipt?.gatedAs ?? null
  return html`${checks}${known}${group === null ? null : html`<div class="soft">on ${codeHtml(group)}, the last commit of its group</div>`}`
}
