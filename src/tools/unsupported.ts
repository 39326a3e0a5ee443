/** Agents that are known by name but that this version cannot drive: found and said so, so that nobody wonders. */
import { findProgram } from '../process/program.ts'
import type { UnsupportedTool } from './tool.ts'
import { programVersion } from './version.ts'

export interface KnownAgent {
  id: string
  program: string
  /** Command that installs it. */
  install: string
}

export const KNOWN_AGENTS: readonly KnownAgent[] = [
  { id: 'aider', program: 'aider', install: 'pipx install aider-chat' },
  { id: 'copilot', program: 'copilot', install: 'npm install -g @github/copilot' },
  { id: 'claude', program: 'claude', install: 'npm install -g @anthropic-ai/claude-code' },
  { id: 'codex', program: 'codex', install: 'npm install -g @openai/codex' },
  { id: 'gemini', program: 'gemini', install: 'npm install -g @google/gemini-cli' },
  { id: 'opencode', program: 'opencode', install: 'npm install -g opencode-ai' },
  { id: 'qwen', program: 'qwen', install: 'npm install -g @qwen-code/qwen-code' },
]

export function unsupportedTool({ id, program, install }: KnownAgent): UnsupportedTool {
  return {
    kind: 'unsupported',
    id,
    async detect({ root, environment, versions }) {
      const path = findProgram(program, environment['PATH'], root)
      const way = `this version has no adapter for it; until then give it a command: tools: { ${id}: { command: [${program}, ...] } }`
      return {
        installed: path !== null,
        version: path !== null && versions ? await programVersion(path, environment) : null,
        path,
        abilities: [],
        auth: 'unknown',
        reason: path === null ? `${program} is not on PATH (${install}), and ${way}` : `runs will not use it: ${way}`,
      }
    },
  }
}
