/** Gemini CLI: one JSON object a line, and an exit code that is a status of HTTP. */
import { join } from 'node:path'
import { fieldsOf } from '../process/files.ts'
import { addressOf, type Agent } from './agent.ts'
import { called, jsonLines, said, session, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

/** Nothing in it is secret. Who waits, and how long, is ours to say. */
const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  general: { maxAttempts: 2, enableAutoUpdate: false, enableAutoUpdateNotification: false },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
}

export const gemini: Agent = {
  id: 'gemini',
  program: 'gemini',
  install: 'npm install -g @google/gemini-cli',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['GEMINI_API_KEY'],
  keyForUrl: 'GEMINI_API_KEY',
  urlVariable: 'GOOGLE_GEMINI_BASE_URL',
  exchangeable: { GEMINI_API_KEY: 'https://generativelanguage.googleapis.com' },
  start(start) {
    const { context, settings } = start
    const { state, session: earlier } = context
    const address = addressOf(start)
    return {
      args: [
        '-o',
        'stream-json',
        '--skip-trust',
        '--approval-mode',
        'yolo',
        ...(settings.model === null ? [] : ['-m', settings.model]),
        ...(earlier === null ? [] : ['--resume', earlier]),
      ],
      env: {
        GEMINI_CLI_HOME: join(state, 'gemini'),
        ...(address === null ? {} : { GOOGLE_GEMINI_BASE_URL: address }),
      },
      isPromptOnStdin: true,
      files: [
        { path: join(state, 'gemini', '.gemini', 'settings.json'), text: `${JSON.stringify(SETTINGS, null, 2)}\n` },
      ],
    }
  },
  acp: ({ settings }) => [
    '--acp',
    '--skip-trust',
    '--approval-mode',
    settings.permissions === 'ask' ? 'default' : 'yolo',
    ...(settings.model === null ? [] : ['-m', settings.model]),
  ],
  parser() {
    // What it says comes in pieces, of which a line of the log is made when it does something else.
    let saying = ''
    const read = jsonLines((event) => {
      if (event['type'] === 'message' && event['role'] === 'assistant') {
        saying += textOf(event['content'])
        return []
      }
      const words = said(saying)
      saying = ''
      return [...words, ...eventsOf(event)]
    })
    return (line) => {
      // The one word about a try that is made again, for people, beside the events.
      if (!/^Attempt \d+ failed/.test(line)) return read(line)
      const status = /with status (\d{3})/.exec(line)?.[1]
      return [failed(line, status === undefined ? null : Number(status))]
    }
  },
}

function failed(message: string, status: number | null): ToolEvent {
  const seconds = /retry after ([\d.]+)s/.exec(message)?.[1]
  const after = seconds === undefined ? {} : { retryAfterMs: Math.ceil(Number(seconds) * 1000) }
  return { type: 'failed', trouble: { kind: null, status, message, ...after } }
}

function eventsOf(event: Record<string, unknown>): ToolEvent[] {
  switch (event['type']) {
    case 'init':
      return [session(event['session_id'], event['model'])]
    case 'tool_use':
      return [called(event['tool_name'], event['parameters'])]
    case 'error':
      return event['severity'] === 'error' ? [failed(textOf(event['message']), null)] : []
    case 'result': {
      const stats = fieldsOf(event['stats'])
      const usage = usageOf({ input: stats['input_tokens'], cached: stats['cached'], output: stats['output_tokens'] })
      const isWell = event['status'] === 'success'
      const message = textOf(fieldsOf(event['error'])['message'])
      return [
        { type: 'used', of: 'all', usage },
        // Without a message it has been told by an event of its own.
        ...(isWell || message === '' ? [] : [failed(message, statusIn(message))]),
        { type: 'ended', well: isWell },
      ]
    }
    default:
      return []
  }
}

/** `"code": 429` of the service's own answer, which is quoted in the message. */
function statusIn(message: string): number | null {
  const code = /"code"\s*:\s*(\d{3})\b/.exec(message)?.[1]
  return code === undefined ? null : Number(code)
}
