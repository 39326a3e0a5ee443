/** An agent as its adapter would start it, without Sluice around it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ModelServer } from '../../kit/model-server/server.ts'
import { NO_SETTINGS, toolsOf } from '../../../src/tools/registry.ts'
import type { ProcessTool } from '../../../src/tools/tool.ts'
import { workstream } from '../../kit/workstream.ts'
import { configOf } from '../stage.ts'
import { SETTINGS, type RealTool } from './agents.ts'
import { environmentFor } from './room.ts'

export interface Alone {
  tool: RealTool
  server: ModelServer
  /** Where its script is. */
  base: string
  /** A folder of its own: its brief and its settings come here. */
  dir: string
  /** What it works in. */
  root: string
  home: string
  tmp: string
  prompt: string
  /** The only file that it is about. */
  file: string
}

export interface AloneCommand {
  argv: string[]
  env: Record<string, string>
  stdinFile: string | null
}

/** Writes what the agent wants to find, and gives how it is started. All folders have to be there. */
export async function prepareAlone(alone: Alone): Promise<AloneCommand> {
  const { tool, server, base, dir, root, home, tmp, prompt, file } = alone
  const [promptFile, state] = [join(dir, 'brief.md'), join(dir, 'state')]
  await writeFile(promptFile, `${prompt}\n`)
  await mkdir(state)
  const { path, shared, model } = SETTINGS[tool]
  const settings = { ...NO_SETTINGS, model, baseUrl: base + path, keyEnv: 'CANARY', env: shared }
  const adapter = toolsOf(configOf([tool], { [tool]: settings })).get(tool) as ProcessTool
  const task = workstream('notes', { tasks: [prompt], filesScope: [file] })
  const of = { run: 'r1', workstream: task, attempt: 1, root, worktree: root, dir, home, tmp, state, session: null }
  const environment = { LANG: 'C.UTF-8', ...environmentFor(server) }
  const prepared = await adapter.prepare({ ...of, promptFile, prompt, environment })
  for (const folder of prepared.folders ?? []) await mkdir(folder, { recursive: true })
  for (const { path: place, text } of prepared.files) {
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text)
  }
  return prepared
}
