/**
 * GitHub Copilot CLI, signed in by a token, or with a model of one's own behind `base_url`. What npm puts on PATH is a
 * wrapper that dies of a TERM and leaves the agent running, so the program behind it is started.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fieldsOf } from '../process/files.ts'
import type { Agent } from './agent.ts'
import { addUsage } from './heard.ts'
import { called, entriesOf, jsonLines, numberOf, readSmallJson, said, textOf, usageOf } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'

/** Where its 235 MB are unpacked at its first start. */
const PACKAGE = 'COPILOT_PKG_CACHE_HOME'

export const copilot: Agent = {
  id: 'copilot',
  program: 'copilot',
  install: 'npm install -g @github/copilot; the `gh copilot` extension is something else',
  abilities: ['unattended', 'prompt-stdin', 'events', 'usage', 'resume', 'base-url'],
  keys: ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN', 'COPILOT_PROVIDER_API_KEY'],
  keyForUrl: 'COPILOT_PROVIDER_API_KEY',
  urlVariable: 'COPILOT_PROVIDER_BASE_URL',
  exchangeable: { COPILOT_PROVIDER_API_KEY: null },
  spareKeys: ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'],
  programBehind: nativeProgram,
  leftBehind: usageIn,
  start({ context, settings, baseUrl }) {
    const { state, home, session } = context
    return {
      args: [
        '--output-format',
        'json',
        '--allow-all',
        '--no-ask-user',
        '--no-auto-update',
        '--disable-builtin-mcps',
        '--usage-output-file',
        usageFile(state),
        ...(settings.model === null ? [] : ['--model', settings.model]),
        ...(session === null ? [] : [`--resume=${session}`]),
      ],
      env: {
        COPILOT_HOME: join(state, 'copilot'),
        [PACKAGE]: join(home, '.cache', 'copilot'),
        ...(baseUrl === null ? {} : ownProvider(baseUrl, settings.model)),
      },
      isPromptOnStdin: true,
      unpacks: { variable: PACKAGE, args: ['--version', '--no-auto-update'] },
    }
  },
  acp: ({ settings }) => [
    '--acp',
    ...(settings.permissions === 'ask' ? [] : ['--allow-all']),
    '--no-auto-update',
    '--disable-builtin-mcps',
    ...(settings.model === null ? [] : ['--model', settings.model]),
  ],
  parser() {
    // A word about the whole call knows less of the reason than the tries did.
    let reason = ''
    return jsonLines((event) => {
      const data = fieldsOf(event['data'])
      switch (event['type']) {
        case 'assistant.message':
          return [
            ...said(data['content']),
            ...entriesOf(data['toolRequests']).map(({ name, arguments: input }) => called(name, input)),
          ]
        case 'tool.execution_complete':
          return entriesOf(data['fileEdits']).map(({ path }): ToolEvent => ({ type: 'edited', path: textOf(path) }))
        case 'permission.completed':
          return fieldsOf(data['result'])['kind'] === 'approved' ? [] : [{ type: 'denied', what: textOf(data['kind']) }]
        case 'model.call_failure':
          reason = textOf(data['errorCode']) || textOf(data['errorType'])
          return [failed(data['statusCode'], textOf(data['errorMessage']), reason)]
        case 'session.error':
          return [failed(data['statusCode'], textOf(data['message']), reason || textOf(data['errorType']))]
        case 'result':
          return [
            { type: 'session', id: textOf(event['sessionId']) },
            { type: 'ended', well: event['exitCode'] === 0 },
          ]
        default:
          return []
      }
    })
  },
}

/** What it used, by model: the file that it writes at its end. */
function usageIn(state: string): ToolEvent[] {
  const models = Object.values(fieldsOf(fieldsOf(readSmallJson(usageFile(state)))['modelMetrics']))
  if (models.length === 0) return []
  const usages = models.map((model) => {
    const { inputTokens: input, cacheReadTokens: cached, outputTokens: output } = fieldsOf(fieldsOf(model)['usage'])
    return usageOf({ input, cached, output })
  })
  return [{ type: 'used', of: 'all', usage: usages.reduce(addUsage) }]
}

function usageFile(state: string): string {
  return join(state, 'usage.json')
}

function failed(status: unknown, message: string, reason: string): ToolEvent {
  const words = reason === '' ? message : `${message} (${reason})`
  return { type: 'failed', trouble: { kind: null, status: numberOf(status), message: words } }
}

/** A model that is not GitHub's, and nothing is asked of GitHub then. */
function ownProvider(baseUrl: string, model: string | null): Record<string, string> {
  return {
    COPILOT_OFFLINE: 'true',
    COPILOT_PROVIDER_BASE_URL: baseUrl,
    COPILOT_PROVIDER_TYPE: 'openai',
    ...(model === null ? {} : { COPILOT_MODEL: model }),
  }
}

/** The package for this system lies beside the wrapper's, or in it. */
function nativeProgram(wrapper: string): string | null {
  const name = `copilot-${process.platform}-${process.arch}`
  const own = dirname(wrapper)
  const places = [join(own, '..', name), join(own, 'node_modules', '@github', name)]
  return places.map((folder) => join(folder, 'copilot')).find((path) => existsSync(path)) ?? null
}
