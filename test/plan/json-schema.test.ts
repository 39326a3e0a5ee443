import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configJsonSchema, configJsonSchemaText } from '../../src/plan/json-schema.ts'

it('schema/sluice.schema.json says what node src/plan/json-schema.ts would write', () => {
  const written = readFileSync(new URL('../../schema/sluice.schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(written)).toEqual(JSON.parse(configJsonSchemaText()))
})

it('describes the file as written: no key is required, none is unknown', () => {
  const schema = configJsonSchema()
  expect(schema['additionalProperties']).toBe(false)
  expect(schema['required']).toBeUndefined()
  expect(schema['properties']).toHaveProperty('gate')
})
