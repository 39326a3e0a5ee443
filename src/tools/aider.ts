/**
 * Aider: made for terminals, and told by what it prints, since it ends with 0 after nearly everything. Without the options
 * below it wraps at 80 columns, opens a browser at addresses in errors, asks about .gitignore and looks for news.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { OutcomeKind, Usage } from '../model/attempt.ts'
import { addressOf, type Agent } from './agent.ts'
import { said } from './json-lines.ts'
import type { ToolEvent } from './tool.ts'
import type { Trouble } from './trouble.ts'

const OPTIONS = [
  '--yes-always',
  '--no-auto-commits',
  '--no-dirty-commits',
  '--no-stream',
  '--no-pretty',
  '--no-fancy-input',
  '--no-check-update',
  '--no-show-release-notes',
  '--no-analytics',
  '--no-show-model-warnings',
  '--no-gitignore',
  '--no-detect-urls',
  '--no-suggest-shell-commands',
  '--disable-playwright',
  // Its map of the repository is kept in the worktree, as files that would land.
  '--map-tokens',
  '0',
] as const

/** Of one answer of the model; then it tries again. */
const ANSWER_SECONDS = '600'

export const aider: Agent = {
  id: 'aider',
  program: 'aider',
  install: 'pipx install aider-chat',
  abilities: ['unattended', 'prompt-file', 'usage', 'base-url'],
  keys: [
    'OPENAI_API_KEY',
    'ANTHROPIC_API_KEY',
    'GEMINI_API_KEY',
    'DEEPSEEK_API_KEY',
    'OPENROUTER_API_KEY',
    'GROQ_API_KEY',
    'XAI_API_KEY',
    'MISTRAL_API_KEY',
  ],
  keyForUrl: 'OPENAI_API_KEY',
  urlVariable: 'OPENAI_API_BASE',
  exchangeable: { OPENAI_API_KEY: 'https://api.openai.com/v1' },
  // A model of ollama, for instance.
  worksWithoutKey: ({ model, baseUrl }) => baseUrl !== null || (model !== null && model.includes('/')),
  endsByExit: true,
  start(start) {
    const { context, settings, baseUrl } = start
    const address = addressOf(start)
    const { state, promptFile, workstream, worktree } = context
    const config = join(state, 'aider.yml')
    const noVariables = join(state, 'env')
    return {
      args: [
        '--message-file',
        promptFile,
        ...OPTIONS,
        '--timeout',
        ANSWER_SECONDS,
        // The repository's own settings and history take no part: these stand in for them.
        '--config',
        config,
        '--env-file',
        noVariables,
        '--input-history-file',
        join(state, 'input.history'),
        '--chat-history-file',
        join(state, 'chat.md'),
        '--llm-history-file',
        join(state, 'model.log'),
        ...(settings.model === null ? [] : ['--model', modelName(settings.model, baseUrl)]),
        ...editable(worktree, workstream.filesScope),
      ],
      env: {
        // It would break lines that are to be read.
        COLUMNS: '10000',
        // The table of prices that it has, instead of the newest one from the network.
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        ...(address === null ? {} : { OPENAI_API_BASE: address }),
      },
      isPromptOnStdin: false,
      files: [
        { path: config, text: '{}\n' },
        { path: noVariables, text: '' },
      ],
    }
  },
  parser: reader,
}

/** What speaks the language of OpenAI at an address of one's own is named so. */
function modelName(model: string, baseUrl: string | null): string {
  return baseUrl === null || model.includes('/') ? model : `openai/${model}`
}

/** Files of the scope, which it edits without having to ask; a name that is no file yet it would make an empty one of. */
function editable(worktree: string, scope: readonly string[]): string[] {
  const isFile = (entry: string): boolean =>
    lstatSync(join(worktree, entry), { throwIfNoEntry: false })?.isFile() === true
  return [...new Set(scope)].filter((entry) => !entry.startsWith('-') && isFile(entry))
}

/** After a trouble only an answer of the model, or an edit, says that it got over it: the rest explains the trouble. */
function reader(): (line: string) => ToolEvent[] {
  let isInTrouble = false
  return (line) => {
    const text = line.trim()
    const trouble = troubleIn(text)
    if (trouble !== null) {
      isInTrouble = true
      return [{ type: 'failed', trouble }]
    }
    const edited = /^Applied edit to (.+)$/.exec(text)?.[1]
    const usage = usageIn(text)
    if (edited !== undefined || usage !== null) isInTrouble = false
    if (edited !== undefined) return [{ type: 'edited', path: edited }]
    if (usage !== null) return [{ type: 'used', of: 'step', usage }]
    return isInTrouble || NOISE.test(text) ? [] : said(text)
  }
}

/** What comes with every error, and before anything has been done. */
const NOISE =
  /^(Retrying in |The API provider |The API server |Your network |Aider v|Model: |(Main|Weak|Editor) model: |Git repo: |Repo-map: |Detected dumb terminal|Update git |Added .* to the chat|https?:\/\/|$)/

/** `Tokens: 1.2k sent, 600 cache hit, 34 received. Cost: $0.01 message, $0.02 session.` */
function usageIn(text: string): Usage | null {
  if (!text.startsWith('Tokens: ')) return null
  const count = (what: string): number => {
    const [, digits, unit] = new RegExp(String.raw`([\d.,]+)([kM]?) ${what}`).exec(text) ?? []
    return Math.round(Number((digits ?? '0').replaceAll(',', '')) * (unit === 'k' ? 1e3 : unit === 'M' ? 1e6 : 1))
  }
  const cost = /\$([\d.]+) message/.exec(text)?.[1]
  return {
    tokensIn: count('sent'),
    tokensCached: count('cache hit'),
    tokensOut: count('received'),
    costUsd: cost === undefined ? null : Number(cost),
  }
}

/** The errors of its library for models, by their names. */
const LIBRARY_ERRORS: Readonly<Record<string, OutcomeKind>> = {
  Authentication: 'auth',
  PermissionDenied: 'auth',
  RateLimit: 'rate',
  BudgetExceeded: 'quota',
  ContextWindowExceeded: 'overflow',
  NotFound: 'model',
  ServiceUnavailable: 'overloaded',
  InternalServer: 'overloaded',
  BadGateway: 'overloaded',
  APIConnection: 'network',
  Timeout: 'network',
  ContentPolicyViolation: 'refusal',
}

function troubleIn(text: string): Trouble | null {
  const name = /^litellm\.([A-Za-z]+?)(Error)?: /.exec(text)?.[1]
  // Words first: a used-up quota is one of its rate limits too.
  if (name !== undefined) {
    const isQuota = /insufficient_quota|exceeded your current quota|credit balance|billing/i.test(text)
    const isOurSide = name === 'InternalServer' && /Connection error|Empty or invalid response/.test(text)
    const kind = isOurSide ? null : (LIBRARY_ERRORS[name] ?? null)
    return { kind: isQuota ? 'quota' : kind, status: null, message: text }
  }
  if (/has hit a token limit!?$/.test(text)) return { kind: 'overflow', status: null, message: text }
  if (/did not conform to the edit format|^Only \d+ reflections allowed/.test(text)) {
    return { kind: 'protocol', status: null, message: text }
  }
  return null
}
