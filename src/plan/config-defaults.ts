/** From what a `sluice.yaml` says to a configuration in which nothing is missing. */
import type { Check, Config, Threshold, ToolSettings, Watch } from '../model/config.ts'
import { RUNGS } from '../model/rung.ts'
import type { ConfigFile } from './config-schema.ts'

/** Order of tools when the file has none: the two that most people have, then the person. */
export const TOOL_ORDER = ['aider', 'copilot', 'manual']

const MINUTE_MS = 60_000

const WATCH: Watch = {
  cpu: { warn: { value: 80, forMs: 5 * MINUTE_MS }, critical: { value: 100, forMs: 10 * MINUTE_MS } },
  // Used memory is steady enough to be believed at once.
  memory: { warn: { value: 70, forMs: 0 }, critical: { value: 90, forMs: 0 } },
  diskIo: { warn: { value: 100, forMs: MINUTE_MS } },
  // Changes are a mean of five minutes, so a warning needs that long.
  fileChanges: { warn: { value: 2, forMs: 5 * MINUTE_MS }, critical: { value: 0, forMs: 10 * MINUTE_MS } },
  errors: true,
}

/** Fills in every default. `file` was checked by the schema. */
export function withDefaults(file: ConfigFile): Config {
  const { order, ...settings } = file.tools ?? {}
  return {
    target: file.target ?? 'main',
    workstreams: listOf(file.workstreams ?? 'workstreams/*.json'),
    agents: file.agents ?? 3,
    tools: {
      order: order ?? TOOL_ORDER,
      settings: Object.fromEntries(Object.entries(settings).map(([name, tool]) => [name, toolOf(tool ?? {})])),
    },
    limits: {
      timeoutMinutes: file.limits?.timeout_minutes ?? 30,
      idleMinutes: file.limits?.idle_minutes ?? 10,
      attempts: file.limits?.attempts ?? 3,
      memoryLimitMb: file.limits?.memory_limit_mb ?? null,
      budgetUsd: file.limits?.budget_usd ?? null,
      workstreamBudgetUsd: file.limits?.workstream_budget_usd ?? null,
      fileMb: file.limits?.file_mb ?? 100,
    },
    watch: watchOf(file.watch ?? {}),
    workspace: {
      setup: file.workspace?.setup ?? null,
      inputs: listOf(file.workspace?.inputs ?? []),
      copy: listOf(file.workspace?.copy ?? []),
      keep: listOf(file.workspace?.keep ?? []),
    },
    paths: { work: file.paths?.work ?? null, logs: file.paths?.logs ?? '.sluice/logs' },
    gate: file.gate === undefined ? null : checksOf(file.gate),
    landing: {
      resolve: file.landing?.resolve ?? [...RUNGS],
      regenerate: (file.landing?.regenerate ?? []).map(({ paths, run }) => ({ paths: listOf(paths), run })),
      drivers: file.landing?.drivers ?? {},
      window: file.landing?.window ?? 'auto',
      mode: file.landing?.mode ?? 'single',
      speculate: file.landing?.speculate ?? 'auto',
      approve: listOf(file.landing?.approve ?? []),
      push: file.landing?.push ?? null,
      lineEndings: file.landing?.line_endings ?? 'reject',
    },
    after: checksOf(file.after ?? []),
    acceptance: file.acceptance ?? 'run',
    scope: file.scope ?? 'park',
    sandbox: file.sandbox === false ? 'off' : (file.sandbox ?? 'auto'),
    notify: { when: file.notify?.when ?? ['needs-you', 'done'], command: file.notify?.command ?? null },
  }
}

function listOf(value: string | string[]): string[] {
  return typeof value === 'string' ? [value] : value
}

function checksOf(value: NonNullable<ConfigFile['gate']>): Check[] {
  const list = typeof value === 'string' ? [value] : value
  return list.map((check) => {
    if (typeof check === 'string') return { name: check, run: check, timeoutMinutes: null, paths: [] }
    return {
      name: check.name ?? check.run,
      run: check.run,
      timeoutMinutes: check.timeout_minutes ?? null,
      paths: check.paths ?? [],
    }
  })
}

type ToolFile = Exclude<NonNullable<ConfigFile['tools']>[string], string[] | undefined>

function toolOf(tool: ToolFile): ToolSettings {
  return {
    command: tool.command ?? null,
    script: tool.script ?? null,
    model: tool.model ?? null,
    baseUrl: tool.base_url ?? null,
    keyEnv: tool.key_env ?? null,
    price: tool.price === undefined ? null : { input: tool.price[0], output: tool.price[1] },
    args: tool.args ?? [],
    env: tool.env ?? {},
    passEnv: tool.pass_env ?? [],
    successExitCodes: tool.success_exit_codes ?? [0],
    timeoutMinutes: tool.timeout_minutes ?? null,
    idleMinutes: tool.idle_minutes ?? null,
    prompt: tool.prompt ?? 'file',
    transport: tool.transport ?? 'raw',
    permissions: tool.permissions ?? 'allow',
  }
}

function watchOf(watch: NonNullable<ConfigFile['watch']>): Watch {
  return {
    cpu: {
      warn: thresholdOf(watch.cpu?.warn, WATCH.cpu.warn),
      critical: thresholdOf(watch.cpu?.critical, WATCH.cpu.critical),
    },
    memory: {
      warn: thresholdOf(watch.memory?.warn, WATCH.memory.warn),
      critical: thresholdOf(watch.memory?.critical, WATCH.memory.critical),
    },
    diskIo: { warn: thresholdOf(watch.disk_io?.warn, WATCH.diskIo.warn) },
    fileChanges: {
      warn: thresholdOf(watch.file_changes?.warn, WATCH.fileChanges.warn),
      critical: thresholdOf(watch.file_changes?.critical, WATCH.fileChanges.critical),
    },
    errors: watch.errors ?? WATCH.errors,
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS }

function thresholdOf(written: [number, string] | undefined, otherwise: Threshold): Threshold {
  if (written === undefined) return otherwise
  const [, amount, unit] = /^([\d.]+)(\D+)$/.exec(written[1])!
  return { value: written[0], forMs: Number(amount) * UNIT_MS[unit!]! }
}
