/**
 * Makes the picture of the README from what a run really printed: `node scripts/picture.ts LOG > docs/demo.svg`, where
 * LOG is the standard error of `sluice run` on the sample. Text stays text, so it can be searched and scales.
 */
import { readFileSync } from 'node:fs'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: node scripts/picture.ts LOG')
const COLUMNS = 108
const LINE_PX = 17
const CHARACTER_PX = 7.8

const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const cut = (text: string): string => (text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text)

function colourOf(line: string): string {
  if (!/^\d\d:/.test(line)) return '#8b949e'
  if (/ landed on /.test(line)) return '#7ee787'
  if (/ next tool/.test(line)) return '#e3b341'
  return /E\d{3}|is RED|crashed|not landed/.test(line) ? '#ff7b72' : '#e6edf3'
}

const width = Math.ceil(COLUMNS * CHARACTER_PX + 32)
const height = lines.length * LINE_PX + 32
const text = lines.map(
  (line, index) =>
    `<text x="16" y="${index * LINE_PX + 28}" fill="${colourOf(line)}" xml:space="preserve">${escape(cut(line))}</text>`,
)
process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Output of sluice run on the sample repository" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${text.join('\n')}
</svg>
`)
