/**
 * Which keys an agent gets, and where its model is. Where its service can be looked for at another address, it gets a token
 * and the address of the key proxy instead (`keys/keys.ts`); a key that settings pass on by name, and an address that they set
 * themselves, stay as they say.
 */
import type { ToolSettings } from '../model/config.ts'
import type { Agent } from './agent.ts'
import type { Access, Exchanged } from './keys/keys.ts'
import type { AttemptContext, Detection } from './tool.ts'

type Environment = AttemptContext['environment']

/** What an agent is started with. */
export interface AgentKeys {
  /** Keys and tokens, by the names that the tool knows them by. */
  keys: Record<string, string>
  /** Where its model is, when the settings or the user's environment say; else its own default. */
  baseUrl: string | null
  /** Addresses of the proxy for the own defaults of services, by the names of their keys. */
  standIns: Readonly<Record<string, string>>
}

export function agentKeys(
  agent: Agent,
  settings: ToolSettings,
  { environment, exchanged }: Pick<AttemptContext, 'environment' | 'exchanged'>,
): AgentKeys {
  const own = baseUrlOf(agent, settings, environment)
  const given = keysOf(agent, settings, environment)
  if (exchanged === undefined || exchanged === null) return { keys: given, baseUrl: own, standIns: {} }
  const { tokens } = exchanged
  const access = accessOf(agent, settings, environment).filter(({ name }) => name in tokens)
  const kept = Object.entries(given).filter(([name]) => agent.spareKeys?.includes(name) !== true)
  const isOwn = ({ name }: Access): boolean => own !== null && isAtBaseUrl(agent, name)
  const elsewhere = access.filter((one) => !isOwn(one))
  return {
    keys: { ...Object.fromEntries(kept), ...tokens },
    baseUrl: access.some(isOwn) ? byProxy(exchanged, own!) : own,
    standIns: Object.fromEntries(elsewhere.map(({ name, url }) => [name, byProxy(exchanged, url)])),
  }
}

/** Keys that the agent need not see, with the addresses that they are for. */
export function accessOf(agent: Agent, settings: ToolSettings, environment: Environment): Access[] {
  const own = baseUrlOf(agent, settings, environment)
  const isSet = (name: string): boolean => name in settings.env || settings.passEnv.includes(name)
  if (isSet(agent.addressVariable ?? agent.urlVariable ?? '')) return []
  return Object.entries(keysOf(agent, settings, environment)).flatMap(([name, key]) => {
    const url = own !== null && isAtBaseUrl(agent, name) ? own : agent.exchangeable[name]
    return url === undefined || url === null || isSet(name) || !URL.canParse(url) ? [] : [{ name, key, url }]
  })
}

/** A `base_url` stands for the service of the key that goes with it, whichever of its keys is used. */
function isAtBaseUrl({ exchangeable, keyForUrl }: Agent, name: string): boolean {
  return name in exchangeable && exchangeable[name] === exchangeable[keyForUrl]
}

/** The proxy passes paths on as they are. */
function byProxy({ origin }: Exchanged, url: string): string {
  const { pathname, search } = new URL(url)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}

/** The settings win over the variable that the user has set for the tool. */
function baseUrlOf(agent: Agent, settings: ToolSettings, environment: Environment): string | null {
  const ofUser = agent.urlVariable === null ? undefined : environment[agent.urlVariable]
  return settings.baseUrl ?? (ofUser === undefined || ofUser === '' ? null : ofUser)
}

/** A key that the settings name stands in for the one that goes with a `base_url`, and then it is the only one. */
function keysOf(agent: Agent, settings: ToolSettings, environment: Environment): Record<string, string> {
  const found = (name: string): string | null => environment[name] || null
  if (settings.keyEnv !== null) {
    const key = found(settings.keyEnv)
    return key === null ? {} : { [agent.keyForUrl]: key }
  }
  return Object.fromEntries(
    agent.keys.flatMap((name) => {
      const key = found(name)
      return key === null ? [] : [[name, key]]
    }),
  )
}

export function authOf(agent: Agent, settings: ToolSettings, environment: Environment): Detection['auth'] {
  if (Object.keys(keysOf(agent, settings, environment)).length > 0) return 'found'
  if (settings.keyEnv !== null) return 'missing'
  // What is passed on or set by the settings may be a login that we know nothing of.
  if (Object.keys(settings.env).length > 0 || settings.passEnv.some((name) => environment[name])) return 'unknown'
  return agent.worksWithoutKey?.(settings) === true ? 'unknown' : 'missing'
}

const NO_PROXY = ['NO_PROXY', 'no_proxy'] as const

/** Loopback is reached directly, also where this machine reaches the network through a proxy. */
export function withLoopback(env: Record<string, string>): Record<string, string> {
  const names = NO_PROXY.map((name) => {
    const hosts = env[name] ?? env['NO_PROXY'] ?? env['no_proxy'] ?? ''
    return [name, hosts === '*' ? hosts : [...hosts.split(',').filter((host) => host !== ''), '127.0.0.1'].join(',')]
  })
  return { ...env, ...Object.fromEntries(names) }
}
