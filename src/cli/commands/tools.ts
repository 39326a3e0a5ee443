/** `sluice tools`: what is there, what it can do, and why a run would not use it. */
import { describeTools } from '../../tools/registry.ts'
import type { ToolRule } from '../../model/run.ts'
import { document } from '../../observe/documents.ts'
import { type ToolsText, toolsText } from '../../observe/tools-text.ts'
import { isHeld } from '../../process/lock.ts'
import { NO_CHOICE } from '../../schedule/tool-choice.ts'
import { openStoreIfThere } from '../../store/open.ts'
import { openSession, type Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function tools(options: CommonOptions): Promise<number> {
  const { repo, config, paths } = await openSession(process.cwd())
  const rows = await describeTools(config, { root: repo.root, environment: process.env, versions: true })
  const { choice, paused } = await knownToRun(paths)
  if (options.json) {
    const ruleOf = (id: string): ToolRule | null =>
      choice.first === id ? 'force' : choice.forbidden.includes(id) ? 'forbid' : null
    const all = rows.map((row) => ({ ...row, pause: paused.get(row.id) ?? null, rule: ruleOf(row.id) }))
    printJson(document('tools', { tools: all }))
  } else printLines(toolsText({ rows, order: config.tools.order, choice, paused }))
  return 0
}

/** What a person has said about tools in the newest run, and what that does not offer now, while it is at work. */
async function knownToRun({ store: path, lock }: Session['paths']): Promise<Pick<ToolsText, 'choice' | 'paused'>> {
  const store = openStoreIfThere(path)
  const run = (await store?.latestRun()) ?? null
  await store?.close()
  const pauses = (await isHeld(lock)) ? (run?.pauses ?? []) : []
  const paused = pauses.flatMap((pause) => (pause.of === 'tool' ? [[pause.tool, pause] as const] : []))
  return { choice: run?.choice ?? NO_CHOICE, paused: new Map(paused) }
}
