/**
 * The JSON Schema of `sluice.yaml` for editors, made from the zod schema. Run this file to write it:
 * `node src/plan/json-schema.ts`, then format it; a test compares what the file says with what would be written.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configSchema } from './config-schema.ts'

/** The schema as an object. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input' }),
    title: 'sluice.yaml',
    description: 'Configuration of Sluice',
  }
}

/** The text of the file. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

if (import.meta.main) {
  const folder = new URL('../../schema/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL('sluice.schema.json', folder), configJsonSchemaText())
}
