/**
 * The rungs that need nobody: what can be made again, what a driver was declared for, what was resolved before. Each
 * conflicted file takes the first of them that fits, in the order of the configuration; when one file is left over, the
 * conflict is not settled and goes up the ladder.
 *
 * Files that are made from others come last whatever the order says: what they are made from has to be settled first.
 */
import { type Edit, editTree } from '../../git/edit-tree.ts'
import type { ConflictFile } from '../../git/conflict.ts'
import type { Repository } from '../../git/repository.ts'
import type { LandingSettings, Regeneration } from '../../model/config.ts'
import type { AutomaticRung, SettledBy } from '../../model/rung.ts'
import { driverOf, regenerationOf } from './declared.ts'
import { unionOf } from './driver.ts'
import { type PlainConflict, sortConflicts } from './plain.ts'
import { regenerate, type RunOnTree } from './regenerate.ts'
import { replay } from './rerere.ts'

export type Automatic =
  | { kind: 'resolved'; tree: string; by: SettledBy[] }
  /** `tree` is the merge with those files settled that could be (`by`); `files` are the others, with markers in it. */
  | { kind: 'left'; tree: string; by: SettledBy[]; files: ConflictFile[]; tried: AutomaticTried[] }

/** As a part of what was tried at all (`Tried`). */
export interface AutomaticTried {
  rung: AutomaticRung
  how: string
}

export interface AutomaticOrder {
  repo: Repository
  onto: string
  work: string
  /** The merge of `work` into `onto`. */
  conflict: { tree: string; files: readonly ConflictFile[] }
  /** In order; what `nextRung` says. */
  rungs: readonly AutomaticRung[]
  config: Pick<LandingSettings, 'regenerate' | 'drivers'>
  run: RunOnTree
}

/** Where a file stands: at which of its rungs, and what the earlier ones said. */
interface Standing {
  conflict: PlainConflict
  at: number
}

/** Reads and writes objects only. Throws what `run` throws (an abort). */
export async function resolveAutomatically(order: AutomaticOrder): Promise<Automatic> {
  const { repo, rungs, conflict } = order
  const { plain, others } = await sortConflicts(repo, order, conflict.files)
  const notes = new Notes(rungs)
  for (const [path, why] of others) for (const rung of rungs) notes.add(rung, path, why)
  const by: SettledBy[] = []
  let { tree } = conflict
  let open = plain.map((one): Standing => ({ conflict: one, at: 0 }))
  let waiting: { standing: Standing; declared: Regeneration }[] = []
  for (;;) {
    const settled: Edit[] = []
    waiting = []
    const stuck: Standing[] = []
    for (const standing of open) {
      const step = await climb(order, standing, notes)
      if (step.kind === 'waits') waiting.push({ standing: step.standing, declared: step.declared })
      else if (step.kind === 'stuck') stuck.push(standing)
      else {
        by.push(step.by)
        settled.push({ path: standing.conflict.path, entry: { mode: standing.conflict.mode, object: step.object } })
      }
    }
    tree = await editTree(repo, tree, settled)
    if (stuck.length > 0 || others.size > 0) {
      for (const { standing } of waiting) notes.add('regenerate', standing.conflict.path, 'waits for the other files')
      break
    }
    if (waiting.length === 0) return { kind: 'resolved', tree, by }
    // One declaration at a time; what it refuses goes on to the next rung, the others wait for another turn.
    const { declared } = waiting[0]!
    const group = waiting.filter((one) => one.declared === declared).map(({ standing }) => standing)
    const conflicts = group.map((standing) => standing.conflict)
    const made = await regenerate(repo, { tree, onto: order.onto, conflicts, declared, run: order.run })
    const rest = waiting.filter((one) => one.declared !== declared).map(({ standing }) => standing)
    if (made.kind === 'done') {
      tree = made.tree
      for (const { path } of conflicts) by.push({ rung: 'regenerate', path, command: declared.run })
      open = rest
    } else {
      for (const { path } of conflicts) notes.add('regenerate', path, made.why)
      open = [...group.map((standing) => ({ ...standing, at: standing.at + 1 })), ...rest]
    }
  }
  const done = new Set(by.map(({ path }) => path))
  return { kind: 'left', tree, by, files: conflict.files.filter(({ path }) => !done.has(path)), tried: notes.tried() }
}

type Step =
  | { kind: 'settled'; by: SettledBy; object: string }
  | { kind: 'waits'; standing: Standing; declared: Regeneration }
  | { kind: 'stuck' }

/** From where a file stands to the first rung that fits. */
async function climb({ repo, rungs, config }: AutomaticOrder, from: Standing, notes: Notes): Promise<Step> {
  const { conflict } = from
  const { path } = conflict
  for (let at = from.at; at < rungs.length; at++) {
    const rung = rungs[at]!
    if (rung === 'regenerate') {
      const declared = regenerationOf(config.regenerate, path)
      if (declared !== null) return { kind: 'waits', standing: { conflict, at }, declared }
      notes.add(rung, path, 'no command is declared')
    } else if (rung === 'drivers') {
      const driver = driverOf(config.drivers, path)
      if (driver !== null) return { kind: 'settled', by: { rung, path, driver }, object: await unionOf(repo, conflict) }
      notes.add(rung, path, 'no driver is declared')
    } else {
      const known = await replay(repo, conflict)
      if (known !== null) return { kind: 'settled', by: { rung, path, id: known.id }, object: known.object }
      notes.add(rung, path, 'not resolved before')
    }
  }
  return { kind: 'stuck' }
}

/** Paths named for one reason in a line of a report. */
const PATHS_MAX = 5

/** Why a rung did not settle a file, gathered by reason. */
class Notes {
  readonly #byRung: Map<AutomaticRung, Map<string, Set<string>>>

  constructor(rungs: readonly AutomaticRung[]) {
    this.#byRung = new Map(rungs.map((rung) => [rung, new Map()]))
  }

  add(rung: AutomaticRung, path: string, why: string): void {
    const reasons = this.#byRung.get(rung)!
    reasons.set(why, (reasons.get(why) ?? new Set()).add(path))
  }

  tried(): AutomaticTried[] {
    return [...this.#byRung].flatMap(([rung, reasons]) => {
      const parts = [...reasons].map(([why, paths]) => `${why} (${listed([...paths])})`)
      return parts.length === 0 ? [] : [{ rung, how: parts.join('; ') }]
    })
  }
}

function listed(paths: readonly string[]): string {
  const rest = paths.length - PATHS_MAX
  return `${paths.slice(0, PATHS_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
