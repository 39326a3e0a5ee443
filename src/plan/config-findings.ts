/** What is wrong with a configuration, in words that help: the place, what was found, what is expected. */
import { ACP_TOOLS, BUILT_IN_TOOLS } from '../model/config.ts'
import { didYouMean } from '../model/id.ts'
import { approvalProblem } from './approval.ts'
import { fieldsIn, shown } from './fields.ts'
import type { Path, Position } from './read/document.ts'

export interface Finding {
  at: Position
  message: string
  fix: string
}

type PositionOf = (path: Path, of: 'key' | 'value') => Position

/** The parts of a zod issue that count here. */
interface Issue {
  code?: string | undefined
  path: PropertyKey[]
  message: string
  keys?: string[]
  errors?: Issue[][]
}

/** Translates the issues that the schema found in `written`. */
export async function schemaFindings(
  issues: readonly Issue[],
  written: unknown,
  positionOf: PositionOf,
): Promise<Finding[]> {
  const { configJsonSchema } = await import('./json-schema.ts')
  const schema = configJsonSchema()
  const translate = (issue: Issue, base: Path): Finding[] => {
    const path: Path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path)
      return issue.keys!.map((key) => unknownKey([...path, key], known, positionOf))
    }
    const inside = issue.code === 'invalid_union' ? meantAlternative(issue.errors ?? []) : null
    if (inside) return inside.flatMap((inner) => translate(inner, path))
    return [wrongValue(path, valueAt(written, path), issue.message, positionOf)]
  }
  return issues.flatMap((issue) => translate(issue, []))
}

/** Of a union, the alternative whose type is right at the top: what is wrong is inside of it. */
function meantAlternative(alternatives: readonly Issue[][]): Issue[] | null {
  return (
    alternatives.find((issues) => issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')) ??
    null
  )
}

function unknownKey(path: Path, known: readonly string[], positionOf: PositionOf): Finding {
  const key = String(path.at(-1))
  const meant = didYouMean(key, known)
  const fix = meant === null ? `delete it; known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`
  return { at: positionOf(path, 'key'), message: `unknown key \`${nameOf(path)}\``, fix }
}

function wrongValue(path: Path, value: unknown, expected: string, positionOf: PositionOf): Finding {
  const name = nameOf(path)
  if (path.length === 0)
    return {
      at: positionOf([], 'value'),
      message: `the file is ${shown(value)}, not ${expected}`,
      fix: 'write keys, like `agents: 3`',
    }
  if (value === undefined)
    return {
      at: positionOf(path.slice(0, -1), 'value'),
      message: `\`${name}\` is missing`,
      fix: `add \`${String(path.at(-1))}\`: ${expected}`,
    }
  const isTool = path.length === 2 && path[0] === 'tools'
  const fix = isTool && didYouMean(String(path[1]), ['order']) ? 'did you mean `order`?' : `write ${expected}`
  return { at: positionOf(path, 'value'), message: `\`${name}\` is ${shown(value)}, not ${expected}`, fix }
}

/** What the schema cannot say, because it is about two keys at once: every tool of the order has to be something. */
export function toolFindings(written: unknown, positionOf: PositionOf): Finding[] {
  const tools = fieldsIn(fieldsIn(written)?.['tools']) ?? {}
  const defined = Object.keys(tools).filter((name) => name !== 'order')
  const findings: Finding[] = []
  for (const name of defined) {
    const settings = fieldsIn(tools[name])
    if (settings !== null) findings.push(...protocolFindings(name, settings, positionOf))
    if (settings === null || BUILT_IN_TOOLS.includes(name)) continue
    // A script makes any name a demo tool, as a command makes it a command tool.
    if (settings['command'] !== undefined || settings['script'] !== undefined) continue
    const meant = didYouMean(name, BUILT_IN_TOOLS)
    const fix =
      meant === null
        ? 'add `command: [program, argument]`'
        : `did you mean \`${meant}\`? A tool of your own needs a \`command\``
    findings.push({ at: positionOf(['tools', name], 'key'), message: `tool ${name} has no command`, fix })
  }
  const order = Array.isArray(tools['order']) ? (tools['order'] as unknown[]) : []
  const known = [...BUILT_IN_TOOLS, ...defined]
  for (const [index, name] of order.entries()) {
    if (typeof name !== 'string' || known.includes(name)) continue
    const meant = didYouMean(name, known)
    const fix = meant === null ? `define it: \`tools: { ${name}: { command: [...] } }\`` : `did you mean \`${meant}\`?`
    findings.push({ at: positionOf(['tools', 'order', index], 'value'), message: `unknown tool ${name}`, fix })
  }
  return findings
}

/** What is said of the Agent Client Protocol has to be meant for a tool that speaks it. */
function protocolFindings(name: string, settings: Record<string, unknown>, positionOf: PositionOf): Finding[] {
  const { transport, permissions, command } = settings
  const path = ['tools', name]
  if (transport === 'acp' && command === undefined && !ACP_TOOLS.includes(name)) {
    const fix = `name the program that does: \`command: [${name}-acp]\`, or leave \`transport\` out`
    return [{ at: positionOf([...path, 'transport'], 'value'), message: `${name} does not speak ACP by itself`, fix }]
  }
  if (permissions === undefined || transport === 'acp' || name === 'acp') return []
  const message = `\`tools.${name}.permissions\` is for ACP, and ${name} asks nobody without it`
  return [{ at: positionOf([...path, 'permissions'], 'key'), message, fix: 'add `transport: acp`' }]
}

/** What the schema cannot say of `landing.approve`, because it is a small language. */
export function approvalFindings(written: unknown, positionOf: PositionOf): Finding[] {
  const value = fieldsIn(fieldsIn(written)?.['landing'])?.['approve']
  const path: Path = ['landing', 'approve']
  const entries = Array.isArray(value)
    ? (value as unknown[]).map((entry, index) => ({ entry, at: [...path, index] }))
    : [{ entry: value, at: path }]
  return entries.flatMap(({ entry, at }) => {
    const wrong = typeof entry === 'string' && entry !== '' ? approvalProblem(entry) : null
    if (wrong === null) return []
    return [
      { at: positionOf(at, 'value'), message: `\`${nameOf(at)}\`: ${shown(entry)} ${wrong.problem}`, fix: wrong.fix },
    ]
  })
}

/** Keys that the schema knows at a path, through lists, alternatives and named entries. */
function keysAt(schema: unknown, path: Path): string[] {
  let places = [schema]
  for (const step of [...path, null]) {
    places = places.flatMap(alternativesOf)
    if (step === null) break
    places = places.flatMap((place) => {
      const fields = fieldsIn(place) ?? {}
      if (typeof step === 'number') return fields['items'] === undefined ? [] : [fields['items']]
      return [fieldsIn(fields['properties'])?.[step] ?? fields['additionalProperties'] ?? []]
    })
  }
  return places.flatMap((place) => Object.keys(fieldsIn(fieldsIn(place)?.['properties']) ?? {}))
}

function alternativesOf(schema: unknown): unknown[] {
  const anyOf = fieldsIn(schema)?.['anyOf']
  return Array.isArray(anyOf) ? anyOf.flatMap(alternativesOf) : [schema]
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const step of path) at = Array.isArray(at) ? (at as unknown[])[Number(step)] : fieldsIn(at)?.[step]
  return at
}

/** `gate[1].run`, as a person would say it. */
function nameOf(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}
