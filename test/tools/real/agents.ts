/** The agents that are tested: where they are installed, and their settings for the scripted model. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const TOOLS = ['aider', 'claude', 'codex', 'copilot', 'gemini', 'opencode', 'qwen'] as const
export type RealTool = (typeof TOOLS)[number]

/** Beside this file, in folders that git ignores, unless the environment names another place: one that is thrown away. */
export const INSTALLED = process.env['SLUICE_TEST_AGENTS'] ?? import.meta.dirname
export const MODULES = join(INSTALLED, 'node_modules')
export const AIDER_FOLDER = join(INSTALLED, '.aider')

/** Folders that stand on PATH, as after an installation by hand. */
export const FOLDERS = [join(MODULES, '.bin'), join(AIDER_FOLDER, 'bin')] as const

export interface AgentSettings {
  model: string
  /** What its `base_url` has behind the name of the script. */
  path: string
  /** Environment beside that of its adapter: what it unpacks once for all tests. */
  shared: Record<string, string>
}

/** Its part of `sluice.yaml`, in the tests. */
export const SETTINGS: Readonly<Record<RealTool, AgentSettings>> = {
  aider: { model: 'scripted', path: '/v1', shared: {} },
  claude: { model: 'scripted', path: '', shared: {} },
  codex: { model: 'scripted', path: '/v1', shared: {} },
  copilot: { model: 'scripted', path: '/v1', shared: { COPILOT_PKG_CACHE_HOME: join(MODULES, '.cache/copilot') } },
  gemini: { model: 'gemini-scripted', path: '', shared: {} },
  opencode: { model: 'scripted', path: '/v1', shared: {} },
  qwen: { model: 'scripted', path: '/v1', shared: {} },
}

/** The agents that start here, with a blank between them: what `main.ts` has found out. */
export const STARTING = 'SLUICE_TEST_AGENTS_STARTING'

export function isInstalled(tool: RealTool): boolean {
  const starting = process.env[STARTING]
  if (starting !== undefined) return starting.split(' ').includes(tool)
  return FOLDERS.some((folder) => existsSync(join(folder, tool)))
}

/** What every canary begins with, for shell commands that look for one. */
export const CANARY_MARK = 'canary-of-the-tests'

/**
 * No key of anybody, and another one each time: if it is ever seen outside, we know where it came from. It has the shape of
 * no vendor's key, so that what hides it has to know it and cannot guess.
 */
export const CANARY = `${CANARY_MARK}-${randomUUID()}`
