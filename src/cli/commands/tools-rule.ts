/** `sluice tools force|forbid|allow NAME`: a person's word about a tool, for the rest of a run, also one that is at work. */
import type { ToolRule } from '../../model/run.ts'
import { presentTools } from '../preflight.ts'
import type { CommonOptions } from '../terminal.ts'
import { choiceAfter } from '../tool-rules.ts'
import { withRun } from './requests.ts'

export async function toolsRule(rule: ToolRule, tool: string, options: CommonOptions): Promise<number> {
  return await withRun(async (desk) => {
    const present = new Set((await presentTools(desk.session)).keys())
    choiceAfter(desk.run.choice, [{ rule, tool }], desk.session.config, present)
    return await desk.ask({ kind: 'tool', rule, tool }, options)
  })
}
