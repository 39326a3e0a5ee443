/** What the starts of all process tools have in common: their environment and their placeholders. */
import type { ToolSettings } from '../model/config.ts'
import type { Workstream } from '../model/workstream.ts'
import { allowedEnvironment } from '../process/environment.ts'
import type { AttemptContext } from './tool.ts'

/** The contract's variables, the slot's HOME and TMPDIR, and what the settings pass and set; ours win over all. */
export function toolEnvironment(context: AttemptContext, settings: ToolSettings): Record<string, string> {
  return allowedEnvironment(context.environment, {
    pass: settings.passEnv,
    set: {
      HOME: context.home,
      TMPDIR: context.tmp,
      ...settings.env,
      SLUICE_RUN: context.run,
      SLUICE_WORKSTREAM: context.workstream.id,
      SLUICE_ATTEMPT: String(context.attempt),
      SLUICE_PROMPT_FILE: context.promptFile,
    },
  })
}

/** What `fillArgv` fills in. */
export const PLACEHOLDERS = ['prompt_file', 'prompt', 'workstream', 'worktree', 'attempt', 'files'] as const

/**
 * argv with its placeholders filled in. `{files}` as a whole argument becomes one argument per entry of the scope
 * (none when it is empty), inside an argument they are joined by spaces. Other braces stay as they are: argv may
 * hold shell text.
 */
export function fillArgv(argv: readonly string[], context: AttemptContext): string[] {
  const files = filesOf(context.workstream)
  const values: Record<(typeof PLACEHOLDERS)[number], string> = {
    prompt_file: context.promptFile,
    prompt: context.prompt,
    workstream: context.workstream.id,
    worktree: context.worktree,
    attempt: String(context.attempt),
    files: files.join(' '),
  }
  return argv.flatMap((argument) =>
    argument === '{files}'
      ? files
      : argument.replaceAll(PLACEHOLDER, (written, name: string) => (isPlaceholder(name) ? values[name] : written)),
  )
}

const PLACEHOLDER = /(?<!\$)\{([a-z_]+)\}/g

function isPlaceholder(name: string): name is (typeof PLACEHOLDERS)[number] {
  return PLACEHOLDERS.some((known) => known === name)
}

/** Names in braces that stay as they are, and are not part of a text for a shell: those are probably misspelt. */
export function unknownPlaceholders(argv: readonly string[]): string[] {
  const words = argv.filter((argument) => !/[\s;$'"]/.test(argument))
  const found = words.flatMap((word) => [...word.matchAll(PLACEHOLDER)].map(([, name]) => name!))
  return [...new Set(found)].filter((name) => !isPlaceholder(name))
}

function filesOf(workstream: Workstream): string[] {
  return [...new Set([...workstream.filesScope, ...workstream.filesCreate])]
}
