/** opencode: any provider that it knows, or one at `base_url` that speaks the language of OpenAI. */
import { fieldsOf } from '../process/files.ts'
import type { Agent } from './agent.ts'
import { called, jsonLines, numberOf, said, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

/** Its name for the provider at `base_url`. */
const OWN = 'sluice'

/** The variable that the key for `base_url` is read from. */
const OWN_KEY = 'OPENAI_API_KEY'

export const opencode: Agent = {
  id: 'opencode',
  program: 'opencode',
  install: 'npm install -g opencode-ai',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY', 'OPENCODE_API_KEY'],
  keyForUrl: OWN_KEY,
  urlVariable: null,
  addressVariable: 'OPENCODE_CONFIG_CONTENT',
  exchangeable: { ANTHROPIC_API_KEY: 'https://api.anthropic.com/v1', [OWN_KEY]: 'https://api.openai.com/v1' },
  // A model of this machine, or one of its own that are free.
  worksWithoutKey: ({ model, baseUrl }) => baseUrl !== null || model !== null,
  start({ context, settings, baseUrl, standIns }) {
    const { session } = context
    const { model } = settings
    const name = model === null || baseUrl === null ? model : model.replace(new RegExp(`^${OWN}/`), '')
    const chosen = baseUrl === null || name === null ? name : `${OWN}/${name}`
    const config = {
      autoupdate: false,
      share: 'disabled',
      // Without a word on its command line it chooses a model of its own, and asks for nothing.
      ...(settings.transport === 'acp' && chosen !== null ? { model: chosen } : {}),
      ...(settings.permissions === 'ask' ? { permission: { edit: 'ask', bash: 'ask', webfetch: 'ask' } } : {}),
      provider: {
        ...standInProviders(standIns),
        ...(baseUrl === null || name === null ? {} : { [OWN]: providerAt(baseUrl, name) }),
      },
    }
    return {
      args: [
        'run',
        '--format',
        'json',
        '--pure',
        '--auto',
        ...(chosen === null ? [] : ['-m', chosen]),
        ...(session === null ? [] : ['-s', session]),
      ],
      env: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_SHARE: '1',
        // What the repository wants it to load and run is of whoever wrote it.
        OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      },
      isPromptOnStdin: true,
    }
  },
  acp: () => ['acp', '--pure'],
  parser: () => jsonLines(read),
}

/** Its names for the providers whose keys can be exchanged. */
const PROVIDERS: Readonly<Record<string, string>> = { ANTHROPIC_API_KEY: 'anthropic', [OWN_KEY]: 'openai' }

function standInProviders(standIns: Readonly<Record<string, string>>): Record<string, unknown> {
  const entries = Object.entries(standIns).map(([key, baseURL]) => [PROVIDERS[key]!, { options: { baseURL } }])
  return Object.fromEntries(entries)
}

/** The key itself stays out of the configuration, which its commands can read. */
function providerAt(baseURL: string, model: string): Record<string, unknown> {
  return {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL, apiKey: `{env:${OWN_KEY}}` },
    models: { [model]: {} },
  }
}

function read(event: Record<string, unknown>): ToolEvent[] {
  const part = fieldsOf(event['part'])
  const session: ToolEvent = { type: 'session', id: textOf(event['sessionID']) }
  switch (event['type']) {
    case 'step_start':
      return [session]
    case 'text':
      return said(part['text'])
    case 'tool_use': {
      const state = fieldsOf(part['state'])
      const message = textOf(state['error'])
      if (/rejected permission|permission.*denied|specified a rule which prevents/i.test(message))
        return [{ type: 'denied', what: textOf(part['tool']) }]
      return [called(part['tool'], state['input'])]
    }
    case 'step_finish':
      return stepEvents(part)
    case 'error':
      return [session, failed(fieldsOf(event['error'])), { type: 'ended', well: false }]
    default:
      return []
  }
}

function stepEvents(part: Record<string, unknown>): ToolEvent[] {
  const tokens = fieldsOf(part['tokens'])
  const { read: cached, write } = fieldsOf(tokens['cache'])
  const input = (numberOf(tokens['input']) ?? 0) + (numberOf(write) ?? 0)
  const output = (numberOf(tokens['output']) ?? 0) + (numberOf(tokens['reasoning']) ?? 0)
  // Of a model whose price it does not know it says 0.
  const usage = usageOf({ input, cached, output, cost: part['cost'] || null, isCachedOnTop: true })
  const used: ToolEvent = { type: 'used', of: 'step', usage }
  switch (part['reason']) {
    case 'tool-calls':
      return [used]
    case 'stop':
      return [used, { type: 'ended', well: true }]
    default: {
      const message = `the model stopped: ${textOf(part['reason'])}`
      const kind =
        part['reason'] === 'length' ? 'overflow' : part['reason'] === 'content-filter' ? 'refusal' : 'protocol'
      return [used, { type: 'failed', trouble: { kind, status: null, message } }, { type: 'ended', well: false }]
    }
  }
}

function failed(error: Record<string, unknown>): ToolEvent {
  const data = fieldsOf(error['data'])
  const status = numberOf(data['statusCode'])
  const seconds = Number(textOf(fieldsOf(data['responseHeaders'])['retry-after']))
  const after = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
  const body = textOf(data['responseBody'])
  const type = /"(?:code|type)"\s*:\s*"((?!error\b)[\w-]+)"/.exec(body)?.[1]
  const words = textOf(data['message']) || textOf(error['name'])
  const message = type === undefined ? words : `${words} (${type})`
  return { type: 'failed', trouble: { kind: null, status, message, ...after } }
}
