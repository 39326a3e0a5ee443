/** `sluice.yaml`: read, checked as a whole, completed with defaults; or everything that is wrong with it, with places. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../model/config.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { withDefaults } from './config-defaults.ts'
import { approvalFindings, type Finding, schemaFindings, toolFindings } from './config-findings.ts'
import { fieldsIn } from './fields.ts'
import { readText } from './read/file.ts'
import { readYaml } from './read/yaml.ts'

export const CONFIG_FILE = 'sluice.yaml'

export type ConfigReading = { config: Config } | { diagnostics: Diagnostic[] }

/** Reads the configuration of the repository at `root`. Without a file: all defaults. */
export async function readConfig(root: string): Promise<ConfigReading> {
  const path = join(root, CONFIG_FILE)
  if (!existsSync(path)) {
    if (existsSync(join(root, 'sluice.yml')))
      return refuse('sluice.yml', [
        { at: NOWHERE, message: 'this name is not looked for', fix: `rename it to ${CONFIG_FILE}` },
      ])
    return { config: withDefaults({}) }
  }
  const text = readText(path)
  if (typeof text !== 'string') return refuse(CONFIG_FILE, [{ at: NOWHERE, ...text }])
  return parseConfig(text, CONFIG_FILE)
}

const NOWHERE = { line: 0, column: 0 }

function refuse(file: string, findings: readonly Finding[]): { diagnostics: Diagnostic[] } {
  return {
    diagnostics: findings.map(({ at, message, fix }) => ({
      code: 'E103',
      severity: 'error',
      file,
      ...at,
      workstream: null,
      message,
      fix,
    })),
  }
}

/** Reads the text of a configuration; `file` is the name that diagnostics show. */
export async function parseConfig(text: string, file: string): Promise<ConfigReading> {
  const reading = await readYaml(text)
  const findings = reading.problems.map(({ line, column, message, fix }) => ({ at: { line, column }, message, fix }))
  if (reading.document === null) return refuse(file, findings)
  const { value, positionOf } = reading.document
  const written = withoutEmpty(value ?? {})
  const { configSchema } = await import('./config-schema.ts')
  const checked = configSchema.safeParse(written)
  findings.push(...toolFindings(written, positionOf), ...approvalFindings(written, positionOf))
  if (!checked.success) findings.push(...(await schemaFindings(checked.error.issues, written, positionOf)))
  if (!checked.success || findings.length > 0)
    return refuse(
      file,
      findings.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column),
    )
  return { config: withDefaults(checked.data) }
}

/** A key with nothing behind it (`gate:`) says nothing. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  const fields = fieldsIn(value)
  if (fields === null) return value
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key, withoutEmpty(each)]),
  )
}
