/**
 * From a neutral step to a call of a tool that the request offers, told by the tool's name and the properties of its
 * schema: clients give the same tool different names, and different ones to different models.
 */
import { textAt, type Json } from './body.ts'
import type { Ask, Call, Offer } from './dialect.ts'
import { fill } from './schema.ts'
import type { Step } from './script.ts'

const NAMES: Readonly<Record<Exclude<Step['do'], 'say'>, RegExp>> = {
  write: /^(write|write_file|create|create_file)$/i,
  edit: /^(edit|edit_file|replace|str_replace)$/i,
  read: /^(read|read_file|view)$/i,
  shell: /^(bash|shell|shell_command|run_shell_command|exec_command)$/i,
}

/** How clients tell their model where it works; some of their tools take absolute paths only. */
const WORKING_FOLDER = [
  /<cwd>(\/[^<\n]+)<\/cwd>/,
  /(?:working directory|current directory|workspace)[^/\n]{0,40}[:`\s]\s*[`"']?(\/[^\s`"'<]+)/i,
  /(?:working directory|directories|folder)[^/]{0,80}?\n?\s*-?\s*[`"']?(\/[^\s`"'<]+)/i,
]

/** The call that does the step. Throws when no tool of the request can: the script does not fit to the client. */
export function callFor(step: Exclude<Step, { do: 'say' }>, ask: Ask): Call {
  const offer = ask.offers.find(({ name, schema }) => schema !== null && NAMES[step.do].test(name))
  if (offer !== undefined) return { name: offer.name, args: fill(offer.schema, known(step, offer, ask)) }
  const patch = ask.offers.find(({ name }) => name === 'apply_patch')
  if (patch !== undefined && (step.do === 'write' || step.do === 'edit')) {
    const text = patchFor(step)
    return { name: patch.name, args: patch.schema === null ? text : fill(patch.schema, { input: text, patch: text }) }
  }
  if (step.do !== 'shell') return callFor({ do: 'shell', command: commandFor(step) }, ask)
  throw new Error(`no tool for ${step.do} among ${ask.offers.map(({ name }) => name).join(', ')}`)
}

/** Arguments under every name that clients give them. */
function known(step: Step, { schema }: Offer, ask: Ask): Record<string, Json> {
  switch (step.do) {
    case 'write':
      return { ...places(step.path, ask), ...named(step.text, 'content', 'contents', 'file_text') }
    case 'edit':
      return {
        ...places(step.path, ask),
        ...named(step.old, 'old_string', 'oldString', 'old_str'),
        ...named(step.new, 'new_string', 'newString', 'new_str'),
      }
    case 'read':
      return places(step.path, ask)
    case 'shell': {
      const isList = textAt(schema, 'properties', 'command', 'type') === 'array'
      const command: Json = isList ? ['bash', '-c', step.command] : step.command
      return { command, cmd: step.command, ...AT_ONCE }
    }
    case 'say':
      return {}
  }
}

/** Shells of Copilot and Codex may go on in the background: the script waits for their end, Codex as long as it can. */
const AT_ONCE: Readonly<Record<string, Json>> = { mode: 'sync', yield_time_ms: 30_000, timeout_ms: 300_000 }

function named(value: Json, ...names: string[]): Record<string, Json> {
  return Object.fromEntries(names.map((name) => [name, value]))
}

function places(path: string, ask: Ask): Record<string, Json> {
  const folder = WORKING_FOLDER.map((pattern) => pattern.exec(ask.text)?.[1]).find((found) => found !== undefined)
  const whole = path.startsWith('/') || folder === undefined ? path : `${folder.replace(/[/.,]+$/, '')}/${path}`
  return named(whole, 'file_path', 'filePath', 'path', 'absolute_path', 'filename')
}

/** Codex's own format of a patch. */
function patchFor(step: Extract<Step, { do: 'write' | 'edit' }>): string {
  const lines = (sign: string, text: string): string[] =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => sign + line)
  const body =
    step.do === 'write'
      ? [`*** Add File: ${step.path}`, ...lines('+', step.text)]
      : [`*** Update File: ${step.path}`, '@@', ...lines('-', step.old), ...lines('+', step.new)]
  return ['*** Begin Patch', ...body, '*** End Patch', ''].join('\n')
}

/** For clients whose only tool is a shell. */
function commandFor(step: Extract<Step, { do: 'write' | 'edit' | 'read' }>): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  switch (step.do) {
    case 'read':
      return `cat ${quoted(step.path)}`
    case 'write':
      return `mkdir -p "$(dirname ${quoted(step.path)})" && printf %s ${quoted(step.text)} > ${quoted(step.path)}`
    case 'edit': {
      const program = 'my ($old, $new) = splice @ARGV, 0, 2; undef $/; $_ = <>; s/\\Q$old\\E/$new/; print'
      const [path, aside] = [quoted(step.path), quoted(`${step.path}.new`)]
      return `perl -e ${quoted(program)} ${quoted(step.old)} ${quoted(step.new)} ${path} > ${aside} && mv ${aside} ${path}`
    }
  }
}
