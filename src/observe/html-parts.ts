/** What the sections of the report in HTML are put together from. */
import { html, type Html, type Part } from './html.ts'
import type { GateProof } from './report.ts'
import { durationText } from './units.ts'

/** null without rows: a section with nothing in it is left out. */
export function tableHtml(head: readonly string[], rows: readonly (readonly Part[])[]): Html | null {
  if (rows.length === 0) return null
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `
}

/** To the second, in the one zone that every reader can convert from. */
export function timeHtml(at: number): Html {
  const iso = new Date(at).toISOString()
  return html`<time class="keep" datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

export function codeHtml(text: string): Html {
  return html`<code>${text}</code>`
}

/** `exit 0 in 12.3 s`. */
export function checkHtml({ exit, ms }: GateProof): Html {
  const end = exit === null ? 'killed' : `exit ${exit}`
  return html`<span class="${exit === 0 ? 'good' : 'bad'}">${end}</span> in ${durationText(ms)}`
}
