/**
 * Reading the fields of one object of a user's file: each by the type it should have, each mistake reported and read
 * as missing, so that one mistake does not hide the next.
 */
import type { Path } from './read/document.ts'

/** Reports an error at a path below the object. */
export type Refuse = (path: Path, message: string, fix: string) => void

export type Fields = Readonly<Record<string, unknown>>

/** The object that `value` is, or null. */
export function fieldsIn(value: unknown): Fields | null {
  return isFields(value) ? value : null
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A missing key and an empty one (`tool:` in YAML, null in JSON) say the same. */
function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? (fields[key] ?? undefined) : undefined
}

/** A text that is not empty, trimmed; null when nothing is said. */
export function textOf(fields: Fields, key: string, refuse: Refuse): string | null {
  const value = own(fields, key)
  if (value === undefined) return null
  if (typeof value !== 'string') {
    refuse([key], `\`${key}\` is ${shown(value)}, not a text`, `put quotes around it`)
    return null
  }
  return value.trim() === '' ? null : value.trim()
}

/** A list of texts; one text alone is a list of one. Empty texts are left out. */
export function textsOf(fields: Fields, key: string, refuse: Refuse): string[] {
  const texts: string[] = []
  eachText(fields, key, refuse, (text) => {
    if (text !== '') texts.push(text)
  })
  return texts
}

/** The same one by one, empty ones of a list too; `take` gets the index of each, null when there is no list around it. */
export function eachText(
  fields: Fields,
  key: string,
  refuse: Refuse,
  take: (text: string, index: number | null) => void,
): void {
  const value = own(fields, key)
  if (value === undefined) return
  const each = (item: unknown, index: number | null): void => {
    const text = typeof item === 'string' ? item.trim() : null
    if (text === null)
      refuse(
        pathOf(key, index),
        `\`${key}\` holds ${shown(item)}, not a text`,
        'write a list of texts, in quotes where needed',
      )
    else if (text !== '' || index !== null) take(text, index)
  }
  if (Array.isArray(value)) value.forEach(each)
  else each(value, null)
}

/** The path of an item of the list under `key`, or of the value that stands there alone. */
export function pathOf(key: string, index: number | null): Path {
  return index === null ? [key] : [key, index]
}

/** The items of a list with their paths; a value alone is a list of one. */
export function itemsOf(fields: Fields, key: string): { item: unknown; path: Path }[] {
  const value = own(fields, key)
  if (value === undefined) return []
  if (!Array.isArray(value)) return [{ item: value, path: [key] }]
  return (value as unknown[]).map((item, index) => ({ item, path: [key, index] }))
}

/** A number of at least `least`; null when nothing is said. */
export function numberOf(
  fields: Fields,
  key: string,
  refuse: Refuse,
  rule: { least: number; whole: boolean },
): number | null {
  const value = own(fields, key)
  if (value === undefined) return null
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= rule.least &&
    (!rule.whole || Number.isInteger(value))
  )
    return value
  const wanted = `${rule.whole ? 'a whole number' : 'a number'} of at least ${rule.least}`
  refuse([key], `\`${key}\` is ${shown(value)}, not ${wanted}`, `write ${wanted}, without quotes`)
  return null
}

/** true, false, or null when nothing is said. */
export function flagOf(fields: Fields, key: string, refuse: Refuse): boolean | null {
  const value = own(fields, key)
  if (value === undefined) return null
  if (typeof value === 'boolean') return value
  refuse([key], `\`${key}\` is ${shown(value)}, not true or false`, 'write true or false, without quotes')
  return null
}

/** The object under a key; empty when nothing is said. */
export function objectOf(fields: Fields, key: string, refuse: Refuse): Fields {
  const value = own(fields, key)
  if (value === undefined) return {}
  const object = fieldsIn(value)
  if (object === null) refuse([key], `\`${key}\` is ${shown(value)}, not an object`, 'write keys and values under it')
  return object ?? {}
}

/** A value as a message shows it: short, and never a secret's whole length. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}
