/** The configuration and the plan of a scenario, as Sluice has them after reading its files. */
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { NO_SETTINGS } from '../../src/tools/registry.ts'
import type { Config } from '../../src/model/config.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import { ownFile, sharedFile } from './files.ts'
import type { Planned, Scenario } from './scenario.ts'
import { TIMEOUT_MS } from './scenario.ts'

export const GATE = 'gate'
export const AFTER = 'after'
const ACCEPTS = 'accept '

/** Of which workstream the command is the acceptance test, or null. */
export function acceptedBy(command: string): string | null {
  return command.startsWith(ACCEPTS) ? command.slice(ACCEPTS.length) : null
}

const MINUTE_MS = 60_000

/** A tool that is silent for so long hangs. */
const IDLE_MINUTES = 10

export function configOf({ settings }: Scenario): Config {
  const { tools, attempts, gates, mode, speculate, scope, resolve, approve, hasAfter } = settings
  const base = withDefaults({})
  const check = (run: string): Config['after'][number] => ({ name: run, run, timeoutMinutes: null, paths: [] })
  const command = (name: string): [string, Config['tools']['settings'][string]] => [
    name,
    { ...NO_SETTINGS, ...(name === 'manual' ? {} : { command: [name] }) },
  ]
  return {
    ...base,
    tools: { order: tools, settings: Object.fromEntries(tools.map(command)) },
    limits: { ...base.limits, attempts, timeoutMinutes: TIMEOUT_MS / MINUTE_MS, idleMinutes: IDLE_MINUTES },
    paths: { ...base.paths, work: '/simulated-work' },
    gate: [check(GATE)],
    landing: { ...base.landing, window: gates, mode, speculate, resolve, approve, push: null },
    after: hasAfter ? [check(AFTER)] : [],
    scope,
    sandbox: 'off',
  }
}

export function workstreamOf(planned: Planned): Workstream {
  const { id, dependsOn, priority, track, estimateMinutes, shared, hasTests, allowEmpty, tool, attemptsMax } = planned
  const filesScope = [ownFile(id), ...(shared === null ? [] : [sharedFile(shared)])]
  return {
    id,
    title: `The part of ${id}`,
    file: `workstreams/${id}.json`,
    tasks: ['do it'],
    description: '',
    filesScope,
    filesCreate: [],
    dependsOn,
    acceptance: hasTests ? [{ name: 'its own', run: `${ACCEPTS}${id}` }] : [],
    tool,
    fallback: [],
    priority,
    track,
    gate: null,
    breaker: { attemptsMax, errorRepeatsMax: null, oscillationsMax: null },
    timeoutMinutes: null,
    estimateMinutes,
    allowEmpty,
    sparse: null,
    metadata: {},
    digest: id,
  }
}
