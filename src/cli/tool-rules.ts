/** What a person says about tools on a command line, judged before it is asked for: names, what is there, what is left. */
import { randomUUID } from 'node:crypto'
import type { Config } from '../model/config.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { didYouMean } from '../model/id.ts'
import type { Request, ToolChoice, ToolRule } from '../model/run.ts'
import { NO_CHOICE, ruled } from '../schedule/tool-choice.ts'

export interface Rule {
  rule: ToolRule
  tool: string
}

/** Of `run --tool NAME --forbid NAME`. */
export function rulesOf({ tool, forbid = [] }: { tool?: string; forbid?: string[] }): Rule[] {
  const forbidden = forbid.map((name): Rule => ({ rule: 'forbid', tool: name }))
  return tool === undefined ? forbidden : [{ rule: 'force', tool }, ...forbidden]
}

/** The run's order is the allow-list. Throws E103 for another name. */
export function requireAllowed({ tools: { order } }: Pick<Config, 'tools'>, tool: string): void {
  if (order.includes(tool)) return
  const meant = didYouMean(tool, order)
  const fix = `tools.order allows ${order.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`
  throw new SluiceError({ code: 'E103', message: `there is no tool ${tool} in tools.order`, fix }, EXIT.usage)
}

/**
 * What `before` becomes by the rules, one after the other. `present`: tools that a run can use. Throws E103 for a name that is
 * not in the order, and E106 where nothing that is there would be left, or what is to come first is not there.
 */
export function choiceAfter(
  before: ToolChoice | undefined,
  rules: readonly Rule[],
  config: Pick<Config, 'tools'>,
  present: ReadonlySet<string>,
): ToolChoice {
  let choice = before ?? NO_CHOICE
  for (const { rule, tool } of rules) {
    requireAllowed(config, tool)
    if (rule === 'force' && !present.has(tool)) {
      throw new SluiceError({ code: 'E106', message: `${tool} is not present`, fix: 'sluice tools' })
    }
    const found = ruled(choice, rule, tool, [...present])
    if (found.kind === 'refused') {
      throw new SluiceError({ code: 'E106', message: found.why, fix: 'sluice tools allow NAME: another one first' })
    }
    choice = found.choice
  }
  return choice
}

/** The rules as requests, which the coordinator applies before it decides anything. */
export function ruleRequests(rules: readonly Rule[], now: number): Request[] {
  return rules.map((rule) => ({
    id: randomUUID(),
    at: now,
    body: { kind: 'tool', ...rule },
    state: 'open',
    answer: null,
  }))
}
