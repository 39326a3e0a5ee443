/** The table of the matrix: printed after a run, and kept in `docs/tools.md` when the whole of it was run. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TOOLS, type RealTool } from './agents.ts'

export interface Result {
  tool: RealTool
  cell: string
  /** `tool outcome`, in order. */
  tries: readonly string[]
}

const PAGE = join(import.meta.dirname, '../../../docs/tools.md')
const BEGIN = '<!-- the matrix: written by `npm run test:tools -- --keep` -->'
const END = '<!-- the end of the matrix -->'

/** Prints it, and with SLUICE_KEEP_TABLE puts it between the marks of the page. */
export async function keepTable(results: readonly Result[]): Promise<void> {
  const table = tableOf(results)
  process.stdout.write(`\n${table}\n`)
  if (process.env['SLUICE_KEEP_TABLE'] === undefined) return
  const page = await readFile(PAGE, 'utf8')
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table`)
  await writeFile(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${table}\n${page.slice(to)}`)
}

function tableOf(results: readonly Result[]): string {
  const tools = TOOLS.filter((tool) => results.some((result) => result.tool === tool))
  const cells = [...new Set(results.map(({ cell }) => cell))]
  const row = (entries: readonly string[]): string => `| ${entries.join(' | ')} |`
  const lines = cells.map((cell) => {
    const found = tools.map((tool) => results.find((result) => result.cell === cell && result.tool === tool))
    return row([cell, ...found.map((result) => (result === undefined ? '' : told(result)))])
  })
  return [row(['', ...tools]), row(['---', ...tools.map(() => '---')]), ...lines, ''].join('\n')
}

/** The agent's own tries; an arrow where the next tool of the order took over. */
function told({ tool, tries }: Result): string {
  const own = tries.filter((text) => text.startsWith(`${tool} `)).map((text) => text.slice(tool.length + 1))
  const counted = own.filter((outcome, index) => outcome !== own[index - 1])
  const times = own.length > counted.length ? ` ×${own.length - counted.length + 1}` : ''
  return `${counted.join(', ')}${times}${tries.length > own.length ? ' → next' : ''}`
}
