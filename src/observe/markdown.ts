/**
 * Foreign text inside Markdown: shown as what it is, never as markup. A title with `<script>`, a pipe or a closing
 * fence must not change the document around it.
 */
import { neutralise } from './neutralise.ts'

/** Text within a sentence or a table cell. */
export function markdownText(text: string): string {
  return neutralise(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|#~]/g, String.raw`\$&`)
}

/** A code span, also within a table cell: the fence is longer than any run of backticks inside. */
export function codeSpan(text: string): string {
  const inner = neutralise(text).replaceAll('|', String.raw`\|`)
  const longest = Math.max(0, ...(inner.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${inner}${fence}` : `${fence} ${inner} ${fence}`
}
