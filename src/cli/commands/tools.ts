/** `sluice tools`: what is there, what it can do, and why a run would not use it. */
import { describeTools, type ToolRow } from '../../tools/registry.ts'
import { document } from '../../observe/documents.ts'
import { pauseText } from '../../observe/pause-text.ts'
import { isHeld } from '../../process/lock.ts'
import { openStoreIfThere } from '../../store/open.ts'
import type { Pause } from '../../model/pause.ts'
import { openSession, type Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function tools(options: CommonOptions): Promise<number> {
  const { repo, config, paths } = await openSession(process.cwd())
  const rows = await describeTools(config, { root: repo.root, environment: process.env, versions: true })
  const paused = await pausedTools(paths)
  if (options.json)
    printJson(document('tools', { tools: rows.map((row) => ({ ...row, pause: paused.get(row.id) ?? null })) }))
  else printLines(table(rows, config.tools.order, paused))
  return 0
}

/** Tools that the run at work does not offer now. */
async function pausedTools({ store: path, lock }: Session['paths']): Promise<Map<string, ToolPause>> {
  const store = (await isHeld(lock)) ? openStoreIfThere(path) : null
  const pauses = (await store?.latestRun())?.pauses ?? []
  await store?.close()
  return new Map(pauses.flatMap((pause) => (pause.of === 'tool' ? [[pause.tool, pause]] : [])))
}

type ToolPause = Extract<Pause, { of: 'tool' }>

function table(rows: readonly ToolRow[], order: readonly string[], paused: ReadonlyMap<string, ToolPause>): string[] {
  const width = Math.max(...rows.map(({ id }) => id.length), 4)
  const header = `${'TOOL'.padEnd(width)}  ORDER  HERE  VERSION     ABILITIES`
  const lines = rows.flatMap(({ id, installed, version, abilities, reason }) => {
    const place = order.includes(id) ? String(order.indexOf(id) + 1) : '-'
    const cells = [id.padEnd(width), place.padEnd(5), (installed ? 'yes' : 'no').padEnd(4), (version ?? '-').padEnd(10)]
    const line = `${cells.join('  ')}  ${abilities.join(', ') || '-'}`.trimEnd()
    const pause = paused.get(id)
    const notes = [...(reason === null ? [] : [reason]), ...(pause === undefined ? [] : [pauseText(pause)])]
    return [line, ...notes.map((note) => `${' '.repeat(width + 2)}${note}`)]
  })
  return [header, ...lines]
}
