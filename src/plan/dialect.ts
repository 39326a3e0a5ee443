/**
 * The keys of a workstream, one reader each: every name that authors of plans use for the same thing ends here.
 * A mistake is reported, and the key then counts as missing.
 */
import { didYouMean, idProblem } from '../model/id.ts'
import type { AcceptanceTest, CircuitBreaker } from '../model/workstream.ts'
import { readAcceptance } from './acceptance.ts'
import { estimateMinutes } from './estimate.ts'
import {
  eachText,
  type Fields,
  fieldsIn,
  itemsOf,
  numberOf,
  objectOf,
  pathOf,
  type Refuse,
  shown,
  textOf,
} from './fields.ts'
import { patternProblem } from './pattern.ts'
import type { Path } from './read/document.ts'

/** The keys of a workstream; everything else is kept under metadata. */
export const KEYS = [
  'id',
  'ws_id',
  'title',
  'description',
  'tasks',
  'instruction',
  'files_scope',
  'files_create',
  'depends_on',
  'dependencies',
  'blocked_by',
  'acceptance_tests',
  'tool',
  'fallback',
  'priority',
  'track',
  'gate',
  'circuit_breaker',
  'timeout_minutes',
  'estimated_hours',
  'allow_empty',
  'sparse',
  'metadata',
] as const

const KNOWN: ReadonlySet<string> = new Set(KEYS)

const BREAKER_KEYS = ['max_attempts', 'max_error_repeats', 'oscillation_threshold']

/** Words for priorities, with room for numbers between them; what says nothing is normal. */
const PRIORITIES: Readonly<Record<string, number>> = { critical: 20, high: 10, normal: 0, medium: 0, low: -10 }

/** What the reader of a file is told: all paths are below the workstream's own object. */
export interface Reporter {
  error: Refuse
  warning: Refuse
  /** A key that nobody knows, with the names that it could have been; reported once per plan by the caller. */
  unknownKey(path: Path, key: string, known: readonly string[]): void
}

/** One dependency as it was written. */
export interface DependencyEntry {
  on: string
  path: Path
}

/** The id, from `id` or (in bundles) `ws_id`; null when there is none that can be used. */
export function idOf(fields: Fields, defaultId: string, report: Reporter): string | null {
  const key = fields['id'] !== undefined && fields['id'] !== null ? 'id' : 'ws_id'
  if (fields[key] === undefined || fields[key] === null) {
    const wrong = Object.keys(fields).find((name) => !KNOWN.has(name) && didYouMean(name, ['id', 'ws_id']) !== null)
    const hint = wrong === undefined ? '' : `; did you mean \`id\` by \`${wrong}\`?`
    report.error([], `a workstream has no \`id\`${hint}`, `add "id": "${defaultId}"`)
    return null
  }
  const id = fields[key]
  const problem = typeof id === 'string' ? idProblem(id) : 'an id is a text, so put quotes around it'
  if (typeof id === 'string' && problem === null) return id
  const better = typeof id === 'string' || typeof id === 'number' ? sanitized(`${id}`) : null
  report.error(
    [key],
    `${shown(id)} cannot be an id: ${problem}`,
    better === null ? 'choose another' : `did you mean "${better}"?`,
  )
  return null
}

/** The nearest thing to `text` that can be an id, or null. */
function sanitized(text: string): string | null {
  const id = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/\.lock$/, '-lock')
    .replace(/^[^a-z0-9]+|[-.]+$/g, '')
    .slice(0, 64)
  return idProblem(id) === null ? id : null
}

/** Every dependency entry under each of its names, as written. */
export function dependenciesOf(fields: Fields, report: Reporter): DependencyEntry[] {
  const entries: DependencyEntry[] = []
  const take = (on: string, path: Path): void => {
    if (on === '')
      report.error(path, 'a dependency is an empty text', 'write the id of a workstream, or delete the entry')
    else entries.push({ on, path })
  }
  for (const key of ['depends_on', 'blocked_by'])
    eachText(fields, key, report.error, (on, index) => take(on, pathOf(key, index)))
  const nested = fieldsIn(fields['dependencies'])
  if (nested === null) {
    eachText(fields, 'dependencies', report.error, (on, index) => take(on, pathOf('dependencies', index)))
    return entries
  }
  const below = (path: Path): Path => ['dependencies', ...path]
  const refuse: Refuse = (path, message, fix) => report.error(below(path), message, fix)
  eachText(nested, 'depends_on', refuse, (on, index) => take(on, below(pathOf('depends_on', index))))
  for (const key of Object.keys(nested)) {
    if (key !== 'depends_on') report.unknownKey(below([key]), `dependencies.${key}`, ['dependencies.depends_on'])
  }
  return entries
}

/** The scope entries under `key` that can be read as patterns. */
export function scopeOf(fields: Fields, key: string, refuse: Refuse): string[] {
  const scope: string[] = []
  eachText(fields, key, refuse, (text, index) => {
    const wrong = patternProblem(text)
    if (wrong === null) scope.push(text)
    else refuse(pathOf(key, index), `"${text}" cannot be a scope: ${wrong.problem}`, wrong.fix)
  })
  return scope
}

/** What is known of programs where the plan is read. */
export interface Programs {
  isExecutable: (word: string) => boolean
  /** Whether to say that a text which looks like a command needs a program that is not there. */
  warnsOfMissing: boolean
}

/** The acceptance tests, with commands told apart from prose. */
export function acceptanceOf(fields: Fields, report: Reporter, programs: Programs): AcceptanceTest[] {
  return itemsOf(fields, 'acceptance_tests').flatMap(({ item, path }): AcceptanceTest[] => {
    if (typeof item === 'string' && item.trim() !== '') {
      const text = item.trim()
      const reading = readAcceptance(text, programs.isExecutable)
      if (reading.kind === 'command') return [{ name: text, run: text }]
      if (reading.missing !== null && programs.warnsOfMissing) {
        const fix = `install it, or write { "run": ... } to have it executed all the same`
        report.warning(path, `"${text}" is not executed: there is no program ${reading.missing}`, fix)
      }
      return [{ name: text, run: null }]
    }
    const test = fieldsIn(item)
    const refuse: Refuse = (below, message, fix) => report.error([...path, ...below], message, fix)
    const run = test && textOf(test, 'run', refuse)
    const name = test && textOf(test, 'name', refuse)
    if (name === null && run === null) {
      if (item !== '')
        report.error(path, `an acceptance test is ${shown(item)}`, 'write a text, or { "name": ..., "run": ... }')
      return []
    }
    return [{ name: name ?? run!, run }]
  })
}

/** A number or a word; 0 when nothing is said. */
export function priorityOf(fields: Fields, refuse: Refuse): number {
  const value = fields['priority'] ?? 0
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (Object.hasOwn(PRIORITIES, word)) return PRIORITIES[word]!
  const meant = didYouMean(word, Object.keys(PRIORITIES))
  const hint = meant === null ? '' : `; did you mean ${meant}?`
  refuse(
    ['priority'],
    `\`priority\` is ${shown(value)}${hint}`,
    'write critical, high, normal, low, or a number (higher goes first)',
  )
  return 0
}

/** `circuit_breaker`; what it does not say is null. */
export function breakerOf(fields: Fields, report: Reporter): CircuitBreaker {
  const breaker = objectOf(fields, 'circuit_breaker', report.error)
  const refuse: Refuse = (path, message, fix) => report.error(['circuit_breaker', ...path], message, fix)
  for (const key of Object.keys(breaker)) {
    if (BREAKER_KEYS.includes(key)) continue
    report.unknownKey(
      ['circuit_breaker', key],
      `circuit_breaker.${key}`,
      BREAKER_KEYS.map((known) => `circuit_breaker.${known}`),
    )
  }
  const count = (key: string): number | null => numberOf(breaker, key, refuse, { least: 1, whole: true })
  return {
    attemptsMax: count('max_attempts'),
    errorRepeatsMax: count('max_error_repeats'),
    oscillationsMax: count('oscillation_threshold'),
  }
}

/** A number of minutes above 0. */
export function minutesOf(fields: Fields, key: string, refuse: Refuse): number | null {
  const minutes = numberOf(fields, key, refuse, { least: 0, whole: false })
  if (minutes !== 0) return minutes
  refuse([key], `\`${key}\` is 0`, 'write more than 0 (fractions are allowed), or leave it out')
  return null
}

/** The workstream's own estimate is checked; metadata is free text, and counts when it can be read. */
export function estimateOf(fields: Fields, report: Reporter): number | null {
  const stated = fields['estimated_hours'] ?? null
  if (stated !== null) {
    const minutes = estimateMinutes(stated)
    if (minutes === null)
      report.error(['estimated_hours'], `\`estimated_hours\` is ${shown(stated)}`, 'write hours, like 4 or "10-14"')
    return minutes
  }
  const metadata = fieldsIn(fields['metadata']) ?? {}
  return estimateMinutes(metadata['estimated_hours']) ?? estimateMinutes(metadata['estimated_effort_hours'])
}

/** `metadata`, and every unknown key with its value. */
export function metadataOf(fields: Fields, report: Reporter): Record<string, unknown> {
  const kept: [string, unknown][] = []
  for (const key of Object.keys(fields)) {
    if (KNOWN.has(key)) continue
    report.unknownKey([key], key, KEYS)
    kept.push([key, fields[key]])
  }
  // What is unknown below a known key is kept with its surroundings.
  const nested: [string, string[]][] = [
    ['dependencies', ['depends_on']],
    ['circuit_breaker', BREAKER_KEYS],
  ]
  for (const [key, known] of nested) {
    const object = fieldsIn(fields[key])
    if (object && Object.keys(object).some((name) => !known.includes(name))) kept.push([key, object])
  }
  // From entries, so that a key named __proto__ is a key like any other.
  return Object.fromEntries([...kept, ...Object.entries(objectOf(fields, 'metadata', report.error))])
}
