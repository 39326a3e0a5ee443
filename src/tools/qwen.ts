/** Qwen Code, against any service that speaks the language of OpenAI. Its lines are shaped like those of Claude Code. */
import { join } from 'node:path'
import type { Usage } from '../model/attempt.ts'
import { fieldsOf } from '../process/files.ts'
import type { Agent } from './agent.ts'
import { messageEvents } from './claude.ts'
import { jsonLines, session, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

/** Nothing in it is secret. Who waits, and how long, is ours to say. */
const SETTINGS = {
  model: { generationConfig: { maxRetries: 1 } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, disableAutoUpdate: true },
}

export const qwen: Agent = {
  id: 'qwen',
  program: 'qwen',
  install: 'npm install -g @qwen-code/qwen-code',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['OPENAI_API_KEY'],
  keyForUrl: 'OPENAI_API_KEY',
  urlVariable: 'OPENAI_BASE_URL',
  // What its service is by default depends on its version.
  exchangeable: { OPENAI_API_KEY: null },
  start({ context, settings, baseUrl }) {
    const { state, session: earlier } = context
    return {
      args: [
        '-o',
        'stream-json',
        '--auth-type',
        'openai',
        '--approval-mode',
        'yolo',
        ...(settings.model === null ? [] : ['-m', settings.model]),
        ...(earlier === null ? [] : ['--resume', earlier]),
      ],
      env: {
        QWEN_HOME: join(state, 'qwen'),
        QWEN_CODE_SUPPRESS_YOLO_WARNING: '1',
        ...(baseUrl === null ? {} : { OPENAI_BASE_URL: baseUrl }),
      },
      isPromptOnStdin: true,
      files: [{ path: join(state, 'qwen', 'settings.json'), text: `${JSON.stringify(SETTINGS, null, 2)}\n` }],
    }
  },
  acp: ({ settings }) => [
    '--acp',
    '--auth-type',
    'openai',
    '--approval-mode',
    settings.permissions === 'ask' ? 'default' : 'yolo',
    ...(settings.model === null ? [] : ['-m', settings.model]),
  ],
  parser() {
    const counted = new Set<string>()
    return jsonLines((event) => {
      switch (event['type']) {
        case 'system':
          return event['subtype'] === 'init' ? [session(event['session_id'], event['model'])] : []
        case 'assistant':
          return withoutErrors(messageEvents(event, counted, usageIn))
        case 'result':
          return resultEvents(event)
        default:
          return []
      }
    })
  },
}

/** It puts what went wrong in the mouth of the model. */
function withoutErrors(events: ToolEvent[]): ToolEvent[] {
  return events.map((event) => {
    if (event.type !== 'said' || !event.text.startsWith('[API Error: ')) return event
    return failed(event.text)
  })
}

/** What came from the cache is part of its input. */
function usageIn(value: unknown): Usage {
  const { input_tokens: input, cache_read_input_tokens: cached, output_tokens: output } = fieldsOf(value)
  return usageOf({ input, cached, output })
}

function resultEvents(event: Record<string, unknown>): ToolEvent[] {
  const isWell = event['is_error'] !== true
  return [
    { type: 'used', of: 'all', usage: usageIn(event['usage']) },
    ...(isWell ? [] : [failed(textOf(fieldsOf(event['error'])['message']))]),
    { type: 'ended', well: isWell },
  ]
}

function failed(message: string): ToolEvent {
  const status = /^\[API Error: (\d{3})\b/.exec(message)?.[1]
  return { type: 'failed', trouble: { kind: null, status: status === undefined ? null : Number(status), message } }
}
