/** What the fallback policy makes of one workstream now, for who asks why: by the very functions that the loop decides with. */
import type { Config } from '../model/config.ts'
import { spentTries, taken, type TakenBranch } from '../schedule/decision-tree.ts'
import { nextTry, type NextTry, toolOrder } from '../schedule/fallback.ts'
import { historyOf } from '../schedule/history.ts'
import { offerOf } from '../schedule/offer.ts'
import type { Ledger } from './ledger.ts'
import { triesOf } from './tries.ts'

export interface Decision {
  /** Tools that it may take and that are there, in order. */
  tools: string[]
  /** Of the order, and not there. */
  absent: string[]
  /** Of the order, and forbidden by a person. */
  forbidden: string[]
  /** A person's choice for its next first try; null: nobody has chosen. */
  forced: string | null
  spent: number
  attemptsMax: number
  branches: TakenBranch[]
  /** null: no tool is there. */
  next: NextTry | null
}

/** `present`: tools that a run can use. */
export function decisionOf(
  ledger: Ledger,
  config: Pick<Config, 'tools' | 'limits'>,
  present: ReadonlySet<string>,
  id: string,
): Decision {
  const { definition, restart } = ledger.row(id)
  const order = toolOrder(definition, config.tools.order, ledger.run.choice).tools
  const tools = order.filter((tool) => present.has(tool))
  const attemptsMax = definition.breaker.attemptsMax ?? config.limits.attempts
  const items = [...ledger.rows.values()].map((row) => ({
    id: row.id,
    state: row.state,
    tries: triesOf(ledger, row.id),
  }))
  const seed = ledger.run.id
  const { shared } = offerOf(historyOf(items), ledger.run.agents, seed, ledger.now())
  const own = items.find((item) => item.id === id)!.tries
  const tries = own.map((one) => (shared.has(one) ? { ...one, isShared: true } : one))
  const policy = { workstream: id, tools, attemptsMax, forced: restart.tool, breaker: definition.breaker, seed }
  return {
    tools,
    absent: order.filter((tool) => !present.has(tool)),
    forbidden: ledger.run.choice?.forbidden ?? [],
    forced: restart.tool ?? ledger.run.choice?.first ?? null,
    spent: spentTries(tries),
    attemptsMax,
    branches: taken(tries),
    next: tools.length === 0 ? null : nextTry(tries, policy),
  }
}
