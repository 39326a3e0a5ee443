/** Reading JSON that a stranger sent: every look gives what is there, or nothing. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The value under these keys and indices; null when there is none. */
export function at(value: Json | undefined, ...keys: (string | number)[]): Json {
  let found: Json | undefined = value
  for (const key of keys) {
    if (typeof found !== 'object' || found === null) return null
    found = (found as Record<string | number, Json>)[key]
  }
  return found ?? null
}

/** The list under these keys; empty when there is none. */
export function listAt(value: Json | undefined, ...keys: (string | number)[]): Json[] {
  const found = at(value, ...keys)
  return Array.isArray(found) ? found : []
}

/** The text under these keys; empty when there is none. */
export function textAt(value: Json | undefined, ...keys: (string | number)[]): string {
  const found = at(value, ...keys)
  return typeof found === 'string' ? found : ''
}

/** Every text below a value, in order, one to a line: for looking for words, wherever a dialect puts them. */
export function allText(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(allText).join('\n')
}
