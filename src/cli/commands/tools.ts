/** `sluice tools`: what is there, what it can do, and why a run would not use it. */
import { describeTools, type ToolRow } from '../../tools/registry.ts'
import { document } from '../../observe/documents.ts'
import { openSession } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function tools(options: CommonOptions): Promise<number> {
  const { repo, config } = await openSession(process.cwd())
  const rows = await describeTools(config, { root: repo.root, environment: process.env, versions: true })
  if (options.json) printJson(document('tools', { tools: rows }))
  else printLines(table(rows, config.tools.order))
  return 0
}

function table(rows: readonly ToolRow[], order: readonly string[]): string[] {
  const width = Math.max(...rows.map(({ id }) => id.length), 4)
  const header = `${'TOOL'.padEnd(width)}  ORDER  HERE  VERSION     ABILITIES`
  const lines = rows.flatMap(({ id, installed, version, abilities, reason }) => {
    const place = order.includes(id) ? String(order.indexOf(id) + 1) : '-'
    const cells = [id.padEnd(width), place.padEnd(5), (installed ? 'yes' : 'no').padEnd(4), (version ?? '-').padEnd(10)]
    const line = `${cells.join('  ')}  ${abilities.join(', ') || '-'}`.trimEnd()
    return reason === null ? [line] : [line, `${' '.repeat(width + 2)}${reason}`]
  })
  return [header, ...lines]
}
