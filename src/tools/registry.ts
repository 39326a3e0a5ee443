/** From names to tools: what a configuration can use, and the table of it. */
import { BUILT_IN_TOOLS, type Config, type ToolSettings } from '../model/config.ts'
import { commandTool } from './command.ts'
import { demoTool } from './demo.ts'
import { manualTool } from './manual.ts'
import type { DetectContext, Detection, Tool } from './tool.ts'
import { KNOWN_AGENTS, unsupportedTool } from './unsupported.ts'

/** Settings of a tool that the configuration does not mention. */
export const NO_SETTINGS: ToolSettings = {
  command: null,
  script: null,
  model: null,
  args: [],
  env: {},
  passEnv: [],
  successExitCodes: [0],
  timeoutMinutes: null,
  idleMinutes: null,
  prompt: 'file',
}

/**
 * Every tool by name: those of the configuration first, in their order, then the other built-ins. A `command` makes any
 * name a command tool and a `script` a demo tool; without either it is the built-in of that name.
 */
export function toolsOf(config: Config): Map<string, Tool> {
  const { order, settings } = config.tools
  const names = new Set([...order, ...Object.keys(settings), ...BUILT_IN_TOOLS])
  return new Map([...names].map((name) => [name, toolNamed(name, settings[name] ?? NO_SETTINGS)]))
}

function toolNamed(id: string, settings: ToolSettings): Tool {
  if (settings.command !== null) return commandTool(id, settings)
  if (id === 'demo' || settings.script !== null) return demoTool(id, settings)
  if (id === 'manual') return manualTool
  const agent = KNOWN_AGENTS.find((known) => known.id === id)
  // The reader of the configuration has reported a name that is nothing; it is a command tool without a command.
  return agent === undefined ? commandTool(id, settings) : unsupportedTool(agent)
}

/** A row of `sluice tools --json`. */
export interface ToolRow extends Detection {
  id: string
}

/** All tools, each asked for itself, at the same time. */
export function describeTools(config: Config, context: DetectContext): Promise<ToolRow[]> {
  const tools = [...toolsOf(config).values()]
  return Promise.all(tools.map(async (tool) => ({ id: tool.id, ...(await tool.detect(context)) })))
}

/** May a run use it? An installed program that cannot be driven is of no use to it. */
export function isUsable(tool: Tool, detection: Detection): boolean {
  return tool.kind !== 'unsupported' && detection.installed
}
