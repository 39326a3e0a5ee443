/**
 * The table of the matrix: printed after a run and, when asked for, kept in `docs/tools.md`. What was not run this time stays
 * there as it was, so that one agent can be run again by itself.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TOOLS, type RealTool } from './agents.ts'
import { ROWS } from './cells.ts'

export interface Result {
  tool: RealTool
  cell: string
  /** `tool outcome`, in order. */
  tries: readonly string[]
}

/** Rows by the name of their cell, in them what is told by the name of the agent. */
type Table = Map<string, Map<string, string>>

const PAGE = join(import.meta.dirname, '../../../docs/tools.md')
const BEGIN = '<!-- the matrix: written by `npm run test:tools` -->'
const END = '<!-- the end of the matrix -->'

/** Prints the results; with SLUICE_KEEP_TABLE also puts them into the page. Throws when the page has no place for them. */
export async function keepTable(results: readonly Result[]): Promise<void> {
  process.stdout.write(`\n${rendered(withResults(new Map(), results))}\n`)
  if (process.env['SLUICE_KEEP_TABLE'] === undefined) return
  const page = await readFile(PAGE, 'utf8')
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table`)
  const table = withResults(tableIn(page.slice(from, to)), results)
  await writeFile(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${rendered(table)}\n${page.slice(to)}`)
}

function tableIn(text: string): Table {
  const [head, , ...rows] = text.split('\n').filter((line) => line.startsWith('|'))
  const entries = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((entry) => entry.trim())
  const tools = entries(head ?? '').slice(1)
  return new Map(
    rows.map((line) => {
      const [cell = '', ...told] = entries(line)
      return [cell, new Map(tools.map((tool, index) => [tool, told[index] ?? '']))]
    }),
  )
}

function withResults(table: Table, results: readonly Result[]): Table {
  for (const result of results) {
    const row = table.get(result.cell) ?? new Map<string, string>()
    table.set(result.cell, row.set(result.tool, told(result)))
  }
  return table
}

function rendered(table: Table): string {
  const tools = TOOLS.filter((tool) => [...table.values()].some((row) => row.has(tool)))
  const line = (entries: readonly string[]): string => `| ${entries.join(' | ')} |`
  const cells = [...table].toSorted(([a], [b]) => ROWS.indexOf(a) - ROWS.indexOf(b))
  const rows = cells.map(([cell, row]) => line([cell, ...tools.map((tool) => row.get(tool) ?? '')]))
  return [line(['', ...tools]), line(['---', ...tools.map(() => '---')]), ...rows, ''].join('\n')
}

/** The agent's own tries, and whether the next tool of the order took over. */
function told({ tool, tries }: Result): string {
  const own = tries.filter((text) => text.startsWith(`${tool} `)).map((text) => text.slice(tool.length + 1))
  const counted = own.filter((outcome, index) => outcome !== own[index - 1])
  const times = own.length > counted.length ? ` ×${own.length - counted.length + 1}` : ''
  return `${counted.join(', ')}${times}${tries.length > own.length ? ' → next' : ''}`
}
