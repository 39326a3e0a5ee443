/** A value that follows a JSON schema: what is known by name, and the plainest thing for whatever else is required. */
import { at, listAt, textAt, type Json } from './body.ts'

/** An object that has every required property; `known` ones are taken as they are where the schema has them. */
export function fill(schema: Json, known: Readonly<Record<string, Json>>): { [key: string]: Json } {
  const properties = (at(schema, 'properties') ?? {}) as { [key: string]: Json }
  const required = listAt(schema, 'required')
  const entries = Object.entries(properties).flatMap(([name, property]): [string, Json][] => {
    if (name in known) return [[name, known[name]!]]
    return required.includes(name) ? [[name, plainest(property)]] : []
  })
  return Object.fromEntries(entries)
}

function plainest(schema: Json): Json {
  const choices = listAt(schema, 'enum')
  if (choices.length > 0) return choices[0]!
  switch (textAt(schema, 'type').toLowerCase()) {
    case 'object':
      return fill(schema, {})
    case 'array':
      return []
    case 'boolean':
      return false
    case 'number':
    case 'integer':
      return 1
    default:
      return 'as the script says'
  }
}
