/** Claude Code: headless, one JSON object a line, with its cost and its refusals in the last one. */
import { join } from 'node:path'
import type { OutcomeKind, Usage } from '../model/attempt.ts'
import { fieldsOf } from '../process/files.ts'
import { addressOf, type Agent } from './agent.ts'
import { called, entriesOf, jsonLines, numberOf, said, session, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

const ANTHROPIC_URL = 'https://api.anthropic.com'

/** Of its own, which would go on for minutes: who waits, and how long, is ours to say. */
const RETRIES = '2'

/** So long it waits when a service asks it to; for itself it waits less, with so few retries. */
const ASKED_MS_MIN = 5_000

export const claude: Agent = {
  id: 'claude',
  program: 'claude',
  install: 'npm install -g @anthropic-ai/claude-code',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'],
  keyForUrl: 'ANTHROPIC_API_KEY',
  urlVariable: 'ANTHROPIC_BASE_URL',
  exchangeable: { ANTHROPIC_API_KEY: ANTHROPIC_URL, ANTHROPIC_AUTH_TOKEN: ANTHROPIC_URL },
  spareKeys: ['CLAUDE_CODE_OAUTH_TOKEN'],
  start(start) {
    const { context, settings } = start
    const { state, session: earlier } = context
    const address = addressOf(start)
    return {
      args: [
        '-p',
        '--output-format',
        'stream-json',
        '--verbose',
        '--dangerously-skip-permissions',
        // Settings, hooks and servers that come with the repository are those of whoever wrote it.
        '--setting-sources',
        '',
        '--strict-mcp-config',
        ...(settings.model === null ? [] : ['--model', settings.model]),
        ...(earlier === null ? [] : ['--resume', earlier]),
      ],
      env: {
        CLAUDE_CONFIG_DIR: join(state, 'claude'),
        CLAUDE_CODE_MAX_RETRIES: RETRIES,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        DISABLE_TELEMETRY: '1',
        DISABLE_ERROR_REPORTING: '1',
        // Root may not skip permissions otherwise.
        IS_SANDBOX: '1',
        ...(address === null ? {} : { ANTHROPIC_BASE_URL: address }),
      },
      isPromptOnStdin: true,
    }
  },
  parser() {
    const counted = new Set<string>()
    return jsonLines((event) => {
      switch (event['type']) {
        case 'system':
          return systemEvents(event)
        case 'assistant':
          return event['is_api_error_message'] === true
            ? []
            : messageEvents(event, counted, (usage) => messageUsage(usage, null))
        case 'result':
          return resultEvents(event)
        default:
          return []
      }
    })
  },
}

function systemEvents(event: Record<string, unknown>): ToolEvent[] {
  if (event['subtype'] === 'init') return [session(event['session_id'], event['model'])]
  if (event['subtype'] !== 'api_retry') return []
  const status = numberOf(event['error_status'])
  const retryAfterMs = numberOf(event['retry_delay_ms'])
  const after = retryAfterMs === null || retryAfterMs < ASKED_MS_MIN ? {} : { retryAfterMs }
  return [{ type: 'failed', trouble: { kind: null, status, message: textOf(event['error']), ...after } }]
}

/** What was said and done in a message; a message comes in parts, each with the same count of tokens. */
export function messageEvents(
  event: Record<string, unknown>,
  counted: Set<string>,
  usageIn: (value: unknown) => Usage,
): ToolEvent[] {
  const message = fieldsOf(event['message'])
  const id = textOf(message['id'])
  const events = entriesOf(message['content']).flatMap((part): ToolEvent[] => {
    if (part['type'] === 'text') return said(part['text'])
    return part['type'] === 'tool_use' ? [called(part['name'], part['input'])] : []
  })
  if (counted.has(id)) return events
  counted.add(id)
  return [...events, { type: 'used', of: 'step', usage: usageIn(message['usage']) }]
}

/** In the words of the Messages API: what is read from a cache or written to one comes on top. */
function messageUsage(value: unknown, cost: unknown): Usage {
  const usage = fieldsOf(value)
  const input = (numberOf(usage['input_tokens']) ?? 0) + (numberOf(usage['cache_creation_input_tokens']) ?? 0)
  const cached = usage['cache_read_input_tokens']
  return usageOf({ input, cached, output: usage['output_tokens'], cost, isCachedOnTop: true })
}

function resultEvents(event: Record<string, unknown>): ToolEvent[] {
  const usage = messageUsage(event['usage'], event['total_cost_usd'])
  const denied = entriesOf(event['permission_denials']).map(({ tool_name: tool }): ToolEvent => ({
    type: 'denied',
    what: textOf(tool),
  }))
  const isWell = event['is_error'] !== true && event['subtype'] === 'success'
  const type = textOf(event['api_error_type'])
  const words = textOf(event['result']) || entriesText(event['errors']) || textOf(event['subtype'])
  const message = type === '' ? words : `${words} (${type})`
  const trouble = { kind: kindOf(event), status: numberOf(event['api_error_status']), message }
  return [
    { type: 'session', id: textOf(event['session_id']) },
    { type: 'used', of: 'all', usage },
    ...denied,
    ...(isWell ? [] : [{ type: 'failed', trouble } as const]),
    { type: 'ended', well: isWell },
  ]
}

function kindOf(event: Record<string, unknown>): OutcomeKind | null {
  if (event['stop_reason'] === 'refusal') return 'refusal'
  return event['terminal_reason'] === 'prompt_too_long' ? 'overflow' : null
}

function entriesText(value: unknown): string {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').join('; ') : ''
}
