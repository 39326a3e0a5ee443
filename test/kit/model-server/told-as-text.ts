/**
 * All steps of a script in one answer, for a client without tools: Aider, which reads edits out of the text. Its
 * instructions say in which of its formats.
 */
import type { Ask } from './dialect.ts'
import { DONE, type Step } from './script.ts'

/** Is the request one of Aider's, that wants edits? Its other ones (summaries, commit messages) are utility calls. */
export function wantsEditsAsText({ text }: Ask): boolean {
  return isDiff(text) || /\*file listing\*/i.test(text)
}

function isDiff(text: string): boolean {
  return /\*SEARCH\/REPLACE\*? block/i.test(text)
}

/** Commands cannot be told: Aider runs none that it was not told to suggest. */
export function toldAsText(steps: readonly Step[], { text }: Ask): string {
  const parts = steps.flatMap((step): string[] => {
    if (step.do === 'say') return [step.text]
    if (step.do === 'write') return [isDiff(text) ? block(step.path, '', step.text) : listing(step.path, step.text)]
    return step.do === 'edit' ? [block(step.path, step.old, step.new)] : []
  })
  return parts.length === 0 ? DONE : parts.join('\n\n')
}

function listing(path: string, text: string): string {
  return [path, '```', text.replace(/\n$/, ''), '```'].join('\n')
}

function block(path: string, old: string, replacement: string): string {
  const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
  return [
    path,
    '```',
    '<<<<<<< SEARCH',
    ...lines(old),
    '=======',
    ...lines(replacement),
    '>>>>>>> REPLACE',
    '```',
  ].join('\n')
}
