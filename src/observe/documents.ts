/** Every JSON document that Sluice gives names its shape: `sluice.NAME/1`. Fields are added freely, never renamed. */
import type { Event } from '../model/event.ts'
import type { Failure } from '../model/failure.ts'

export function document<Name extends string, Fields extends object>(
  name: Name,
  fields: Fields,
): { schema: `sluice.${Name}/1` } & Fields {
  return { schema: `sluice.${name}/1`, ...fields }
}

/** One line of `run --json`. */
export function eventDocument(event: Event): { schema: 'sluice.event/1' } & Event {
  return document('event', event)
}

/** What `--json` prints to stderr when a command fails. */
export function errorDocument(failure: Failure): {
  schema: 'sluice.error/1'
  error: { code: string; message: string; fix: string | null; details: Record<string, unknown> }
} {
  const { code, message, fix = null, details = {} } = failure
  return document('error', { error: { code, message, fix, details } })
}
