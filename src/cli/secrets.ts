/** The secrets that this process could give away: its own environment, and what sluice.yaml gives to tools. */
import type { Config } from '../model/config.ts'
import { createRedactor, type Redactor, secretsIn } from '../observe/redact.ts'

export function redactorOf({ tools }: Pick<Config, 'tools'>): Redactor {
  const ofTools = Object.values(tools.settings).map(({ env }) => env ?? {})
  const named = Object.values(tools.settings).flatMap(({ keyEnv }) =>
    keyEnv === null ? [] : [{ [`${keyEnv} key`]: process.env[keyEnv] }],
  )
  return createRedactor(secretsIn(process.env, ...ofTools, ...named))
}
