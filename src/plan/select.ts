/**
 * Selectors: how a command line names workstreams. `ID`, a glob over ids, `state:failed`, `track:core`, `file:src/**`;
 * a `+` in front adds the ancestors, behind it the descendants; several are joined by commas or given one by one.
 */
import { EXIT, SluiceError } from '../model/failure.ts'
import { ancestorsOf, descendantsOf } from '../model/graph.ts'
import { didYouMean, foldId } from '../model/id.ts'
import { STATE_NAMES, type StateName } from '../model/state.ts'
import type { Workstream } from '../model/workstream.ts'
import { scopeOf, scopesOverlap } from './overlap.ts'
import { covers, parsePattern } from './pattern.ts'

type Selectable = Pick<Workstream, 'id' | 'dependsOn' | 'track' | 'filesScope' | 'filesCreate'>

export interface Standing {
  /** What a workstream shows as now; asked only by `state:`. */
  stateOf: (id: string) => StateName
}

/**
 * The ids that the selectors name, in plan order. No selectors: all of them.
 * Throws SluiceError E103 (exit 2) for an id, a state or a track that does not exist and for a glob that matches
 * nothing. A state that nothing is in selects nothing: `retry state:failed` is then done.
 */
export function select(workstreams: readonly Selectable[], selectors: readonly string[], standing: Standing): string[] {
  const terms = selectors.flatMap(termsOf)
  if (terms.length === 0 && selectors.length > 0) throw refuse('an empty selector', 'name at least one workstream')
  if (terms.length === 0) return workstreams.map(({ id }) => id)
  const selected = new Set<string>()
  for (const term of terms) {
    const { before, core, after } = partsOf(term)
    const ids = idsOf(workstreams, core, standing)
    for (const id of withRelatives(workstreams, ids, { before, after })) selected.add(id)
  }
  return workstreams.map(({ id }) => id).filter((id) => selected.has(id))
}

/** The ids that one term names, where what stands in it is a rule and not a request: it may well name nothing. No `state:`. */
export function namedBy(workstreams: readonly Selectable[], term: string): ReadonlySet<string> {
  const { before, core, after } = partsOf(term)
  const { kind, value } = kindOf(core)
  const ids = workstreams.filter(testOf(kind, value)).map(({ id }) => id)
  return withRelatives(workstreams, ids, { before, after })
}

/** A term without the signs for its relatives, and whether it has them. */
export function partsOf(term: string): { before: boolean; core: string; after: boolean } {
  const [, before, core, after] = /^(\+?)([^]*?)(\+?)$/.exec(term)!
  return { before: before !== '', core: core!, after: after !== '' }
}

function withRelatives(
  workstreams: readonly Selectable[],
  ids: readonly string[],
  { before, after }: { before: boolean; after: boolean },
): Set<string> {
  return new Set([
    ...ids,
    ...(before ? ancestorsOf(workstreams, ids) : []),
    ...(after ? descendantsOf(workstreams, ids) : []),
  ])
}

/** Split at commas, but for those inside braces: `ws-{01,02},ws-09` are two. */
export function termsOf(selector: string): string[] {
  const terms: string[] = ['']
  let depth = 0
  for (const char of selector) {
    if (char === '{') depth++
    if (char === '}') depth--
    if (char === ',' && depth <= 0) terms.push('')
    else terms[terms.length - 1] += char
  }
  return terms.map((term) => term.trim()).filter((term) => term !== '')
}

function idsOf(workstreams: readonly Selectable[], core: string, standing: Standing): string[] {
  const { kind, value } = kindOf(core)
  if (value === '')
    throw refuse(`selector "${core}" names nothing`, 'write ID, a glob, state:failed, track:core or file:src/**')
  if (kind === 'state') {
    if (!STATE_NAMES.some((name) => name === value)) throw unknown('state', value, STATE_NAMES)
    return workstreams.flatMap(({ id }) => (standing.stateOf(id) === value ? [id] : []))
  }
  const found = workstreams.filter(testOf(kind, value)).map(({ id }) => id)
  if (found.length > 0) return found
  switch (kind) {
    case 'track':
      throw unknown('track', value, [...new Set(workstreams.flatMap(({ track }) => track ?? []))])
    case 'file':
      throw refuse(`no workstream has ${value} in its scope`, '`sluice plan --json` shows the scopes')
    default:
      throw unknown(
        'workstream',
        value,
        workstreams.map(({ id }) => id),
      )
  }
}

function kindOf(core: string): { kind: string; value: string } {
  const [, kind = 'id', value = core] = /^(state|track|file):(.*)$/.exec(core) ?? []
  return { kind, value }
}

function testOf(kind: string, value: string): (workstream: Selectable) => boolean {
  switch (kind) {
    case 'track':
      return ({ track }) => track !== null && matches(value, track)
    case 'file':
      return (workstream) => scopeOf(workstream).some((entry) => scopesOverlap(entry, value))
    default:
      return ({ id }) => matches(value, id)
  }
}

function matches(glob: string, name: string): boolean {
  const parsed = parsePattern(foldId(glob))
  return 'patterns' in parsed && covers(parsed.patterns, foldId(name))
}

function unknown(what: string, name: string, known: readonly string[]): SluiceError {
  const meant = didYouMean(name, known)
  const some = known.slice(0, 10).join(', ')
  const fix =
    meant === null
      ? `there are: ${some === '' ? 'none' : some}${known.length > 10 ? ', ...' : ''}`
      : `did you mean "${meant}"?`
  return refuse(`no ${what} ${name}`, fix)
}

function refuse(message: string, fix: string): SluiceError {
  return new SluiceError({ code: 'E103', message, fix }, EXIT.usage)
}
