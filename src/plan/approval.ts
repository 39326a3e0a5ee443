/**
 * `landing.approve`: which workstreams land only when somebody has agreed, and what an entry of it may be.
 *
 * | entry | binds |
 * | --- | --- |
 * | `ws-22`, `api-*`, `track:core`, `file:src/**`, `+ws-22`, `ws-22+` | what the same selector names on the command line |
 * | `gate>=3` (`>` `=` `<` `<=`) | workstreams whose `gate` compares so; one without a gate never does |
 * | `path:src/api/**` | whoever has really changed such a path, whatever the scope says |
 *
 * Somebody relies on every entry, so one that cannot mean anything is refused before a run and never passed over.
 */
import type { Diagnostic } from '../model/diagnostic.ts'
import { didYouMean, idProblem } from '../model/id.ts'
import type { Workstream } from '../model/workstream.ts'
import { covers, parsePattern, type Pattern, patternProblem } from './pattern.ts'
import { namedBy, partsOf, termsOf } from './select.ts'

type Compare = '=' | '>=' | '<=' | '>' | '<'

type Rule =
  | { kind: 'gate'; compare: Compare; number: number }
  | { kind: 'path'; patterns: Pattern[] }
  | { kind: 'selector'; term: string; isId: boolean }

type Bound = Pick<Workstream, 'id' | 'dependsOn' | 'track' | 'filesScope' | 'filesCreate' | 'gate'>

interface Problem {
  problem: string
  fix: string
}

const COMPARES: readonly Compare[] = ['=', '>=', '<=', '>', '<']
const KINDS = ['track', 'file', 'path']
const EXAMPLES = 'ID, a glob of ids, gate>=3, path:src/**, track:core or file:src/**'

/** Why an entry cannot be one, or null. */
export function approvalProblem(entry: string): Problem | null {
  const terms = termsOf(entry)
  if (terms.length === 0) return { problem: 'names nothing', fix: `write ${EXAMPLES}` }
  for (const term of terms) {
    const rule = readRule(term)
    if ('problem' in rule) return rule
  }
  return null
}

/**
 * The term of `entries` by which this work needs somebody's approval, or null. `changed`: the paths that the work
 * changes. Throws for entries that `approvalProblem` has something to say about.
 */
export function approvalRule(
  entries: readonly string[],
  work: { workstream: string; changed: readonly string[] },
  workstreams: readonly Bound[],
): string | null {
  return entries.flatMap(termsOf).find((term) => binds(term, work, workstreams)) ?? null
}

function binds(
  term: string,
  { workstream, changed }: { workstream: string; changed: readonly string[] },
  workstreams: readonly Bound[],
): boolean {
  const rule = readRule(term)
  if ('problem' in rule) throw new Error(`landing.approve: ${term} ${rule.problem}`)
  switch (rule.kind) {
    case 'gate': {
      const gate = workstreams.find(({ id }) => id === workstream)?.gate ?? null
      return gate !== null && compares(gate, rule)
    }
    case 'path':
      return changed.some((path) => covers(rule.patterns, path))
    case 'selector':
      return namedBy(workstreams, rule.term).has(workstream)
  }
}

function compares(gate: number, { compare, number }: { compare: Compare; number: number }): boolean {
  switch (compare) {
    case '=':
      return gate === number
    case '>=':
      return gate >= number
    case '<=':
      return gate <= number
    case '>':
      return gate > number
    case '<':
      return gate < number
  }
}

function readRule(term: string): Rule | Problem {
  const { before, core, after } = partsOf(term)
  const compared = /^([a-z_-]+)\s*([<>=!]+)\s*(.*)$/i.exec(core)
  const [, kind, value] = /^([a-z]*):(.*)$/i.exec(core) ?? []
  if (compared === null && kind === undefined) return readName(term, core)
  if ((compared !== null || kind === 'path') && (before || after))
    return { problem: 'has a +, which goes with workstreams', fix: `write ${core}` }
  if (compared !== null) return readGate(compared[1]!, compared[2]!, compared[3]!)
  return readKind(term, kind!, value!.trim())
}

function readGate(name: string, sign: string, text: string): Rule | Problem {
  const compare = COMPARES.find((one) => one === sign)
  const isNumber = /^\d+(\.\d+)?$/.test(text)
  if (name === 'gate' && compare !== undefined && isNumber) return { kind: 'gate', compare, number: Number(text) }
  const fix = `did you mean \`gate${compare ?? '>='}${isNumber ? text : '3'}\`?`
  return { problem: 'does not compare a gate with a number', fix }
}

function readKind(term: string, kind: string, value: string): Rule | Problem {
  if (kind === 'state') return { problem: 'goes by a state, and every landing has the same', fix: `write ${EXAMPLES}` }
  if (kind === 'gate' && /^\d+$/.test(value))
    return { problem: 'does not compare a gate with a number', fix: `did you mean \`gate=${value}\`?` }
  if (!KINDS.includes(kind)) {
    const meant = didYouMean(kind, KINDS)
    const fix = meant === null ? `write ${EXAMPLES}` : `did you mean \`${meant}:${value}\`?`
    return { problem: `goes by ${kind === '' ? 'nothing' : kind}, which workstreams do not have`, fix }
  }
  if (value === '') return { problem: 'names nothing', fix: `write ${EXAMPLES}` }
  const parsed = parsePattern(value)
  if ('problem' in parsed) return { problem: `cannot be read: ${parsed.problem}`, fix: parsed.fix }
  return kind === 'path' ? { kind: 'path', patterns: parsed.patterns } : { kind: 'selector', term, isId: false }
}

function readName(term: string, core: string): Rule | Problem {
  if (core.includes('/')) return { problem: 'is a path, not a workstream', fix: `did you mean \`path:${core}\`?` }
  const isGlob = /[*?{]/.test(core)
  const problem = isGlob
    ? (patternProblem(core)?.problem ?? (/^[\w.*?{},-]+$/.test(core) ? null : 'no id has such characters'))
    : idProblem(core)
  if (problem !== null) return { problem: `names no workstream: ${problem}`, fix: `write ${EXAMPLES}` }
  return { kind: 'selector', term, isId: !isGlob }
}

/**
 * What is wrong with entries once the plan is known. An id that the plan has not is an error: most likely it is another
 * one's that is now going to land unseen. A glob or a track may wait for workstreams to come, so there it is a warning.
 */
export function approvalDiagnostics(
  entries: readonly string[],
  workstreams: readonly Bound[],
  file: string,
): Diagnostic[] {
  return entries.flatMap(termsOf).flatMap((term): Diagnostic[] => {
    const rule = readRule(term)
    if ('problem' in rule || rule.kind !== 'selector' || namedBy(workstreams, rule.term).size > 0) return []
    const ids = workstreams.map(({ id }) => id)
    const meant = rule.isId ? didYouMean(partsOf(term).core, ids) : null
    const fix = meant === null ? 'correct it, or take it out of sluice.yaml' : `did you mean "${meant}"?`
    const message = `\`landing.approve\` names ${term}, and the plan has no such workstream`
    const severity = rule.isId ? 'error' : 'warning'
    return [{ code: 'E103', severity, file, line: 0, column: 0, workstream: null, message, fix }]
  })
}
