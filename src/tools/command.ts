/** A tool by configuration alone: any program that works in the current directory and ends. */
import type { ToolSettings } from '../model/config.ts'
import { findProgram } from '../process/program.ts'
import { classifyExit } from './classify.ts'
import { fillArgv, toolEnvironment } from './start.ts'
import type { Ability, AttemptContext, DetectContext, Detection, ProcessTool } from './tool.ts'

/** Linux refuses a single argument of 128 KiB or more; 8 KiB are left for what stands around the brief in it. */
const ARGUMENT_BYTES_MAX = 120 * 1024

const ABILITY: Record<ToolSettings['prompt'], Ability> = {
  file: 'prompt-file',
  stdin: 'prompt-stdin',
  arg: 'prompt-arg',
}

/** `settings.command` must be there. */
export function commandTool(id: string, settings: ToolSettings): ProcessTool {
  const command = settings.command ?? []
  const program = command[0] ?? ''
  return {
    kind: 'process',
    id,
    detect: ({ root, environment }) => detectCommand(id, command, [ABILITY[settings.prompt]], { root, environment }),
    prepare(context) {
      const argv = fillArgv(withPrompt(command, settings, context), context)
      argv[0] = programFor(program, context) ?? argv[0]!
      const stdinFile = settings.prompt === 'stdin' ? context.promptFile : null
      return Promise.resolve({ argv, env: toolEnvironment(context, settings), stdinFile, files: [] })
    },
    classify: (exit, tail, hasDifference) => classifyExit(exit, tail, hasDifference, settings.successExitCodes),
  }
}

/** What can be known of a program without starting it: nobody knows what it does with --version, it might begin to work. */
export function detectCommand(
  id: string,
  [program = '']: readonly string[],
  abilities: readonly Ability[],
  { root, environment }: Pick<DetectContext, 'root' | 'environment'>,
): Promise<Detection> {
  const path = findProgram(program, environment['PATH'], root)
  const where = program.includes('/') ? `in ${root}` : 'on PATH'
  const missing = `it has no command: add \`command: [program, argument]\` under \`tools.${id}\``
  return Promise.resolve({
    installed: path !== null,
    version: null,
    path,
    abilities: ['unattended', ...abilities],
    auth: 'unknown',
    reason: path !== null ? null : program === '' ? missing : `${program} is not an executable ${where}`,
  })
}

/** With `prompt: arg` the brief goes where `{prompt}` is, else to the end; too long for an argument, it is pointed to. */
function withPrompt(command: readonly string[], { prompt }: ToolSettings, context: AttemptContext): string[] {
  if (prompt !== 'arg') return [...command]
  const placed = command.some((argument) => argument.includes('{prompt}')) ? [...command] : [...command, '{prompt}']
  if (Buffer.byteLength(context.prompt) <= ARGUMENT_BYTES_MAX) return placed
  return placed.map((argument) => argument.replaceAll('{prompt}', 'Read {prompt_file} and do what it says.'))
}

/**
 * A relative program means the one in the tree; if the tree does not have it (a script beside sluice.yaml that was
 * never committed), the one in the user's checkout.
 */
export function programFor(program: string, { worktree, root }: AttemptContext): string | null {
  if (!program.includes('/')) return null
  return findProgram(program, undefined, worktree) ?? findProgram(program, undefined, root)
}
