/** A conflict on a page: the three texts of each place side by side, and the commands that settle it. */
import type { ConflictFile, Hunk, HunkSide, TouchingCommit } from '../model/landing.ts'
import { rangesOf, triedText } from './conflict-text.ts'
import { html, type Html, lines } from './html.ts'
import { oneLine } from './neutralise.ts'
import type { ReportConflict } from './report.ts'
import { count, listed, shortCommit } from './units.ts'

const TEXT_MAX = 160
const BLOCKED_MAX = 20
/** Lines of each side; the JSON document has all that was kept. */
const LINES_MAX = 40

const SIDES = ['base', 'target', 'work'] as const

export function conflictHtml(conflict: ReportConflict): Html {
  const { workstream, attempt, base, ref, work, tried = [], blocked, commands, files } = conflict
  return html`<article>
    <h3>${workstream} <span class="soft">attempt ${attempt}</span></h3>
    <dl>
      <dt>work kept at</dt>
      <dd><code>${ref}</code> (<code>${shortCommit(work)}</code>)</dd>
      ${
        base === undefined
          ? null
          : html`<dt>both began at</dt>
              <dd><code>${shortCommit(base)}</code></dd>`
      }
      ${
        blocked.length === 0
          ? null
          : html`<dt>blocks</dt>
              <dd>${listed(blocked, BLOCKED_MAX)}</dd>`
      }
      ${
        tried.length === 0
          ? null
          : html`<dt>tried</dt>
              <dd>${triedText(tried)}</dd>`
      }
    </dl>
    <h4>To settle it</h4>
    <pre>${lines(commands)}</pre>
    ${files.map(fileHtml)}
  </article> `
}

function fileHtml(file: ConflictFile): Html {
  const { path, kind, other, commits, hunks = [], hunksCut = 0 } = file
  const ranges = rangesOf(file)
  const by = other === null ? 'a commit that is not ours' : `${other.workstream} (${shortCommit(other.commit)})`
  const where = `${ranges === '' ? 'whole file' : `lines ${ranges}`}, ${oneLine(kind, TEXT_MAX)}, also changed by ${by}`
  const touching =
    commits === undefined ? [] : [...sideCommits('target', commits.target), ...sideCommits('work', commits.work)]
  return html`<h4><code>${path}</code> <span class="soft">${where}</span></h4>
    ${
      touching.length === 0
        ? null
        : html`<ul>
            ${touching}
          </ul>`
    }
    ${hunks.map(hunkHtml)} ${hunksCut === 0 ? null : html`<p>And ${count(hunksCut, 'place')} more.</p>`} `
}

function sideCommits(side: string, commits: readonly TouchingCommit[]): Html[] {
  return commits.map(({ commit, subject, author }) => {
    const [what, who] = [oneLine(subject, TEXT_MAX), oneLine(author, TEXT_MAX)]
    return html`<li>${side}: <code>${shortCommit(commit)}</code> ${what} <span class="soft">(${who})</span></li>`
  })
}

function hunkHtml(hunk: Hunk): Html {
  const sides = SIDES.map(
    (name) =>
      html`<div>
        <b>${name}</b>
        <pre>${sideHtml(hunk[name])}</pre>
      </div>`,
  )
  return html`<div class="sides">${sides}</div> `
}

function sideHtml(side: HunkSide | null): Html {
  if (side === null) return html`<span class="soft">no such file</span>`
  if (side.lines.length === 0) return html`<span class="soft">nothing, before line ${side.start}</span>`
  const shown = side.lines.slice(0, LINES_MAX)
  const hidden = side.lines.length - shown.length + side.cut
  const rows = shown.map((line, index) => {
    const text = line.replaceAll('\t', '    ').replace(/\r$/, '')
    return html`<span class="number-of-line">${side.start + index}</span>${text}`
  })
  return lines(hidden === 0 ? rows : [...rows, html`<span class="soft">and ${count(hidden, 'line')} more</span>`])
}
