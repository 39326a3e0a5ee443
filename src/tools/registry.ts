/** From names to tools: what a configuration can use, and the table of it. */
import { BUILT_IN_TOOLS, type Config, type ToolSettings } from '../model/config.ts'
import { acpTool } from './acp.ts'
import { type Agent, agentTool } from './agent.ts'
import { aider } from './aider.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { commandTool } from './command.ts'
import { copilot } from './copilot.ts'
import { demoTool } from './demo.ts'
import { gemini } from './gemini.ts'
import { manualTool } from './manual.ts'
import { opencode } from './opencode.ts'
import { qwen } from './qwen.ts'
import type { DetectContext, Detection, Tool } from './tool.ts'

/** The coding agents that are known by name. One more is a file and a line here. */
const AGENTS: readonly Agent[] = [aider, copilot, claude, codex, gemini, opencode, qwen]

/** Settings of a tool that the configuration does not mention. */
export const NO_SETTINGS: ToolSettings = {
  command: null,
  script: null,
  model: null,
  baseUrl: null,
  keyEnv: null,
  price: null,
  args: [],
  env: {},
  passEnv: [],
  successExitCodes: [0],
  timeoutMinutes: null,
  idleMinutes: null,
  prompt: 'file',
  transport: 'raw',
  permissions: 'allow',
}

/**
 * Every tool by name: those of the configuration first, in their order, then the other built-ins. A `command` makes any
 * name a command tool (an ACP agent with `transport: acp`) and a `script` a demo tool; without either it is the built-in of
 * that name.
 */
export function toolsOf(config: Config): Map<string, Tool> {
  const { order, settings } = config.tools
  const names = new Set([...order, ...Object.keys(settings), ...BUILT_IN_TOOLS])
  return new Map([...names].map((name) => [name, toolNamed(name, settings[name] ?? NO_SETTINGS)]))
}

function toolNamed(id: string, settings: ToolSettings): Tool {
  const agent = AGENTS.find((known) => known.id === id)
  if (id === 'acp' || (settings.command !== null && settings.transport === 'acp')) return acpTool(id, settings)
  if (settings.command !== null) return commandTool(id, settings)
  if (id === 'demo' || settings.script !== null) return demoTool(id, settings)
  if (id === 'manual') return manualTool
  // The reader of the configuration has reported a name that is nothing; it is a command tool without a command.
  return agent === undefined ? commandTool(id, settings) : agentTool(agent, settings)
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

/** May a run use it? An agent without a key could only fail. */
export function isUsable(detection: Detection): boolean {
  return detection.installed && detection.auth !== 'missing'
}
