/** `--only`: which workstreams a run may start. What they need must be there, or be named too. */
import { viewsOfRows } from '../observe/status.ts'
import type { Ledger } from '../coordinator/ledger.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { satisfies } from '../model/state.ts'
import { select } from '../plan/select.ts'
import type { WorkstreamRow } from '../store/store.ts'

/** null: all. Throws E103 (exit 2) when a named workstream waits for one that is neither named nor landed. */
export function selectOnly(ledger: Pick<Ledger, 'rows'>, selectors: readonly string[]): ReadonlySet<string> | null {
  return selectRows([...ledger.rows.values()], selectors)
}

export function selectRows(rows: readonly WorkstreamRow[], selectors: readonly string[]): ReadonlySet<string> | null {
  if (selectors.length === 0) return null
  const views = viewsOfRows(rows)
  const ids = select(
    rows.map((row) => row.definition),
    selectors,
    { stateOf: (id) => views.get(id)!.name },
  )
  const chosen = new Set(ids)
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const id of ids) {
    const row = byId.get(id)!
    if (satisfies(row.state)) continue
    const missing = row.definition.dependsOn.filter(
      (need) => !chosen.has(need) && byId.has(need) && !satisfies(byId.get(need)!.state),
    )
    if (missing.length === 0) continue
    throw new SluiceError(
      {
        code: 'E103',
        message: `${id} needs ${missing.join(', ')}, which has not landed and is not named`,
        fix: `name it too: --only +${id} takes ${id} with all that it needs`,
      },
      EXIT.usage,
    )
  }
  return chosen
}
