/**
 * Codex CLI: `exec` with one JSON object a line. Its own provider is written out, for only then can its retries be capped;
 * it would otherwise try for minutes, and for ever where nobody listens.
 */
import { join } from 'node:path'
import { fieldsOf } from '../process/files.ts'
import { addressOf, type Agent } from './agent.ts'
import { entriesOf, jsonLines, said, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

const OPENAI_URL = 'https://api.openai.com/v1'

export const codex: Agent = {
  id: 'codex',
  program: 'codex',
  install: 'npm install -g @openai/codex',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['OPENAI_API_KEY', 'CODEX_API_KEY'],
  keyForUrl: 'OPENAI_API_KEY',
  urlVariable: 'OPENAI_BASE_URL',
  exchangeable: { OPENAI_API_KEY: OPENAI_URL, CODEX_API_KEY: OPENAI_URL },
  start(start) {
    const { context, settings, keys } = start
    const { state, session, attempt } = context
    // Its databases hold absolute paths into its home, which moves on to the next attempt; without them it looks for sessions.
    const databases = join(state, `databases-${attempt}`)
    const provider = {
      name: 'model',
      base_url: addressOf(start) ?? OPENAI_URL,
      env_key: Object.keys(keys)[0] ?? 'OPENAI_API_KEY',
      wire_api: 'responses',
    }
    const fields = Object.entries(provider).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    const retries = ['request_max_retries=1', 'stream_max_retries=1']
    return {
      args: [
        'exec',
        '--json',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        '-c',
        'model_provider="sluice"',
        '-c',
        `model_providers.sluice={${[...fields, ...retries].join(',')}}`,
        // The commands that it runs do not see the key.
        '-c',
        'shell_environment_policy.ignore_default_excludes=false',
        '-c',
        'check_for_update_on_startup=false',
        ...(settings.model === null ? [] : ['-m', settings.model]),
      ],
      last: [...(session === null ? [] : ['resume', session]), '-'],
      env: { CODEX_HOME: join(state, 'codex'), CODEX_SQLITE_HOME: databases },
      isPromptOnStdin: true,
      folders: [join(state, 'codex'), databases],
    }
  },
  parser: () => jsonLines(read),
}

function read(event: Record<string, unknown>): ToolEvent[] {
  switch (event['type']) {
    case 'thread.started':
      return [{ type: 'session', id: textOf(event['thread_id']) }]
    case 'item.completed':
      return itemEvents(fieldsOf(event['item']))
    case 'error':
      return [failed(event['message'])]
    case 'turn.failed':
      return [failed(fieldsOf(event['error'])['message']), { type: 'ended', well: false }]
    case 'turn.completed': {
      const usage = fieldsOf(event['usage'])
      const { input_tokens: input, cached_input_tokens: cached, output_tokens: output } = usage
      return [
        { type: 'used', of: 'step', usage: usageOf({ input, cached, output }) },
        { type: 'ended', well: true },
      ]
    }
    default:
      return []
  }
}

/** An item of type `error` is a warning: what goes wrong for good is a `turn.failed`. */
function itemEvents(item: Record<string, unknown>): ToolEvent[] {
  switch (item['type']) {
    case 'agent_message':
      return said(item['text'])
    case 'command_execution':
      return [{ type: 'called', name: textOf(item['command']), paths: [] }]
    case 'mcp_tool_call':
      return [{ type: 'called', name: textOf(item['tool']), paths: [] }]
    case 'file_change':
      return entriesOf(item['changes']).map(({ path }) => ({ type: 'edited', path: textOf(path) }))
    default:
      return []
  }
}

/** The status is in the sentence only. */
function failed(value: unknown): ToolEvent {
  const message = textOf(value)
  const status = /\bstatus:? (\d{3})\b/.exec(message)?.[1]
  return { type: 'failed', trouble: { kind: null, status: status === undefined ? null : Number(status), message } }
}
