/** `sluice tools`: what is there, what it can do, and why a run would not use it. */
import { describeTools } from '../../tools/registry.ts'
import { document } from '../../observe/documents.ts'
import { type ToolPause, toolsText } from '../../observe/tools-text.ts'
import { isHeld } from '../../process/lock.ts'
import { openStoreIfThere } from '../../store/open.ts'
import { openSession, type Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function tools(options: CommonOptions): Promise<number> {
  const { repo, config, paths } = await openSession(process.cwd())
  const rows = await describeTools(config, { root: repo.root, environment: process.env, versions: true })
  const paused = await pausedTools(paths)
  if (options.json)
    printJson(document('tools', { tools: rows.map((row) => ({ ...row, pause: paused.get(row.id) ?? null })) }))
  else printLines(toolsText({ rows, order: config.tools.order, paused }))
  return 0
}

/** Tools that the run at work does not offer now. */
async function pausedTools({ store: path, lock }: Session['paths']): Promise<Map<string, ToolPause>> {
  const store = (await isHeld(lock)) ? openStoreIfThere(path) : null
  const pauses = (await store?.latestRun())?.pauses ?? []
  await store?.close()
  return new Map(pauses.flatMap((pause) => (pause.of === 'tool' ? [[pause.tool, pause]] : [])))
}
