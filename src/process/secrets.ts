/**
 * The secrets that this process could give away: its own environment, and what sluice.yaml gives to tools. A tool may print
 * its key, and the end of what it printed goes on: into the store, into a report, into the brief of the next tool, which is
 * somebody else's. So it is taken out where the output is read.
 */
import type { Config } from '../model/config.ts'
import { createRedactor, type Redactor, secretsIn } from './redact.ts'

export function redactorOf({ tools }: Pick<Config, 'tools'>): Redactor {
  const ofTools = Object.values(tools.settings).map(({ env }) => env ?? {})
  const named = Object.values(tools.settings).flatMap(({ keyEnv }) =>
    keyEnv === null ? [] : [{ [`${keyEnv} key`]: process.env[keyEnv] }],
  )
  return createRedactor(secretsIn(process.env, ...ofTools, ...named))
}

/** The text without them, line by line. */
export function withoutSecrets(text: string, config: Pick<Config, 'tools'>): string {
  const redactor = redactorOf(config)
  return text
    .split('\n')
    .map((line) => redactor.line(line))
    .join('\n')
}
