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
    const [, before, core, after] = /^(\+?)([^]*?)(\+?)$/.exec(term)!
    const ids = idsOf(workstreams, core!, standing)
    for (const id of ids) selected.add(id)
    if (before) for (const id of ancestorsOf(workstreams, ids)) selected.add(id)
    if (after) for (const id of descendantsOf(workstreams, ids)) selected.add(id)
  }
  return workstreams.map(({ id }) => id).filter((id) => selected.has(id))
}

/** Split at commas, but for those inside braces: `ws-{01,02},ws-09` are two. */
function termsOf(selector: string): string[] {
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
  const [, kind = 'id', value = core] = /^(state|track|file):(.*)$/.exec(core) ?? []
  const idsWhere = (test: (workstream: Selectable) => boolean): string[] => workstreams.filter(test).map(({ id }) => id)
  if (value === '')
    throw refuse(`selector "${core}" names nothing`, 'write ID, a glob, state:failed, track:core or file:src/**')
  switch (kind) {
    case 'state': {
      if (!STATE_NAMES.some((name) => name === value)) throw unknown('state', value, STATE_NAMES)
      return idsWhere(({ id }) => standing.stateOf(id) === value)
    }
    case 'track': {
      const found = idsWhere(({ track }) => track !== null && matches(value, track))
      if (found.length === 0)
        throw unknown('track', value, [...new Set(workstreams.flatMap(({ track }) => track ?? []))])
      return found
    }
    case 'file': {
      const found = idsWhere((workstream) => scopeOf(workstream).some((entry) => scopesOverlap(entry, value)))
      if (found.length === 0)
        throw refuse(`no workstream has ${value} in its scope`, '`sluice plan --json` shows the scopes')
      return found
    }
    default: {
      const found = idsWhere(({ id }) => matches(value, id))
      if (found.length === 0)
        throw unknown(
          'workstream',
          value,
          workstreams.map(({ id }) => id),
        )
      return found
    }
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
