/** How each agent is started against the scripted server, as its vendor documents it; the adapters of `src/tools` do the same. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const TOOLS = ['aider', 'claude', 'codex', 'copilot', 'gemini', 'opencode', 'qwen'] as const
export type RealTool = (typeof TOOLS)[number]

const MODULES = join(import.meta.dirname, 'node_modules')
const AIDER = process.env['SLUICE_AIDER'] ?? join(import.meta.dirname, '.aider/bin/aider')

/** The program of each: native ones where the vendor's script would not hand signals on. */
export const PROGRAMS: Readonly<Record<RealTool, string>> = {
  aider: AIDER,
  claude: join(MODULES, '.bin/claude'),
  codex: join(MODULES, '.bin/codex'),
  copilot: join(MODULES, `@github/copilot-linux-${process.arch}/copilot`),
  gemini: join(MODULES, '.bin/gemini'),
  opencode: join(MODULES, '.bin/opencode'),
  qwen: join(MODULES, '.bin/qwen'),
}

export const isInstalled = (tool: RealTool): boolean => existsSync(PROGRAMS[tool])

/** No key of anybody: if it is ever seen outside, we know where it came from. */
export const CANARY = 'sk-canary-of-the-tests'

export interface StartOptions {
  /** Base URL of the script, without `/v1`. */
  base: string
  prompt: string
  promptFile: string
  home: string
  dir: string
}

export interface Start {
  argv: string[]
  env: Record<string, string>
}

export async function startOf(tool: RealTool, options: StartOptions): Promise<Start> {
  const { base, prompt, promptFile, home, dir } = options
  const put = async (path: string, text: string): Promise<string> => {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
    return path
  }
  const program = PROGRAMS[tool]
  switch (tool) {
    case 'aider': {
      const flags =
        '--yes-always --model openai/scripted --edit-format diff --no-auto-commits --no-dirty-commits --no-stream --no-pretty --no-fancy-input --no-check-update --no-show-release-notes --no-analytics --no-show-model-warnings --map-tokens 0 --no-gitignore --no-detect-urls --no-suggest-shell-commands --disable-playwright'
      const config = await put(join(dir, 'aider.yml'), '{}\n')
      const empty = await put(join(dir, 'empty.env'), '')
      const histories = ['input', 'chat', 'llm'].flatMap((kind) => [
        `--${kind}-history-file`,
        join(dir, `${kind}.history`),
      ])
      const files = ['--config', config, '--env-file', empty, '--timeout', '60']
      const argv = [program, '--message-file', promptFile, ...flags.split(' '), ...histories, ...files, 'README.md']
      const env = {
        OPENAI_API_BASE: `${base}/v1`,
        OPENAI_API_KEY: CANARY,
        COLUMNS: '10000',
        BROWSER: '/bin/true',
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      }
      return { argv, env }
    }
    case 'claude':
      return {
        argv: [
          program,
          '-p',
          prompt,
          '--output-format',
          'stream-json',
          '--verbose',
          '--model',
          'scripted',
          '--dangerously-skip-permissions',
        ],
        env: {
          ANTHROPIC_BASE_URL: base,
          ANTHROPIC_API_KEY: CANARY,
          CLAUDE_CONFIG_DIR: join(home, '.claude'),
          CLAUDE_CODE_MAX_RETRIES: '2',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
          DISABLE_AUTOUPDATER: '1',
          DISABLE_TELEMETRY: '1',
          IS_SANDBOX: '1',
        },
      }
    case 'codex': {
      const provider = `model_providers.x={name="x",base_url="${base}/v1",env_key="MODEL_KEY",wire_api="responses",request_max_retries=1,stream_max_retries=1}`
      const flags = [
        'exec',
        '--json',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        '-m',
        'scripted',
      ]
      await mkdir(join(home, '.codex'), { recursive: true })
      return {
        argv: [program, ...flags, '-c', 'model_provider="x"', '-c', provider, prompt],
        env: { MODEL_KEY: CANARY, CODEX_HOME: join(home, '.codex') },
      }
    }
    case 'copilot':
      return {
        argv: [
          program,
          '-p',
          prompt,
          '--output-format',
          'json',
          '--allow-all',
          '--no-ask-user',
          '--no-auto-update',
          '--disable-builtin-mcps',
          '--usage-output-file',
          join(dir, 'usage.json'),
        ],
        env: {
          COPILOT_OFFLINE: 'true',
          COPILOT_PROVIDER_BASE_URL: `${base}/v1`,
          COPILOT_PROVIDER_TYPE: 'openai',
          COPILOT_PROVIDER_API_KEY: CANARY,
          COPILOT_MODEL: 'scripted',
          COPILOT_HOME: join(home, '.copilot'),
          COPILOT_PKG_CACHE_HOME: join(MODULES, '.cache/copilot'),
        },
      }
    case 'gemini': {
      const settings = { security: { auth: { selectedType: 'gemini-api-key' } }, general: { maxAttempts: 2 } }
      await put(join(home, '.gemini/settings.json'), JSON.stringify(settings))
      return {
        argv: [
          program,
          '-p',
          prompt,
          '-o',
          'stream-json',
          '-m',
          'gemini-scripted',
          '--skip-trust',
          '--approval-mode',
          'yolo',
        ],
        env: { GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: CANARY, GEMINI_CLI_HOME: home },
      }
    }
    case 'opencode': {
      const provider = {
        npm: '@ai-sdk/openai-compatible',
        name: 'x',
        options: { baseURL: `${base}/v1`, apiKey: CANARY },
        models: { scripted: { name: 'scripted' } },
      }
      return {
        argv: [program, 'run', '--format', 'json', '--pure', '-m', 'x/scripted', '--auto', prompt],
        env: {
          OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { x: provider } }),
          XDG_CONFIG_HOME: join(home, '.config'),
          XDG_DATA_HOME: join(home, '.local/share'),
          XDG_CACHE_HOME: join(home, '.cache'),
          XDG_STATE_HOME: join(home, '.local/state'),
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_MODELS_FETCH: '1',
        },
      }
    }
    case 'qwen':
      return {
        argv: [
          program,
          '-p',
          prompt,
          '-o',
          'stream-json',
          '--auth-type',
          'openai',
          '-m',
          'scripted',
          '--approval-mode',
          'yolo',
        ],
        env: { OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: CANARY },
      }
  }
}
