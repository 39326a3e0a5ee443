/** A person's word about a tool, for the rest of the run. */
import type { Config } from '../model/config.ts'
import type { RequestBody } from '../model/run.ts'
import { NO_CHOICE, ruled } from '../schedule/tool-choice.ts'
import { type Answer, done, refused } from './answer.ts'
import type { Ledger } from './ledger.ts'

type Rule = Extract<RequestBody, { kind: 'tool' }>

const ANSWER: Record<Rule['rule'], (tool: string) => string> = {
  force: (tool) => `${tool} comes first for every workstream from now on`,
  forbid: (tool) => `nobody begins with ${tool} from now on`,
  allow: (tool) => `${tool} is used as tools.order says`,
}

export async function chooseTool(
  ledger: Ledger,
  { tools }: Pick<Config, 'tools'>,
  { rule, tool }: Rule,
): Promise<Answer> {
  if (!tools.order.includes(tool)) return refused(`${tool} is not in tools.order: ${tools.order.join(', ')}`)
  const found = ruled(ledger.run.choice ?? NO_CHOICE, rule, tool, tools.order)
  if (found.kind === 'refused') return refused(`${found.why}: \`sluice tools allow NAME\` another one first`)
  await ledger.record({ runs: [{ ...ledger.run, choice: found.choice }] })
  const working = [...ledger.rows.values()].flatMap(({ id, state }) =>
    state.state === 'running' && ledger.attempt(id, state.attempt).tool === tool ? [id] : [],
  )
  if (rule !== 'forbid' || working.length === 0) return done(ANSWER[rule](tool))
  return done(`${ANSWER[rule](tool)}; ${working.join(', ')} goes on with it: \`sluice cancel ID\` ends that`)
}

/** Why a person cannot have this tool for one workstream; null: they can. */
export function forbiddenNow({ run }: Pick<Ledger, 'run'>, tool: string | null): string | null {
  const isForbidden = tool !== null && (run.choice ?? NO_CHOICE).forbidden.includes(tool)
  return isForbidden ? `${tool} is forbidden in this run: \`sluice tools allow ${tool}\` first` : null
}
