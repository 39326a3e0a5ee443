/**
 * What a person says about tools while a run is at work, pure: take this one first, or none begins with that one any more.
 * It is kept with the run, so a restart decides the same; attempts that have begun go on.
 */
import type { ToolChoice, ToolRule } from '../model/run.ts'

export const NO_CHOICE: ToolChoice = { first: null, forbidden: [] }

/** A choice, or why it cannot be made. */
export type Ruled = { kind: 'choice'; choice: ToolChoice } | { kind: 'refused'; why: string }

/** `before` with one more rule. `tools`: those that a run may use; the last of them cannot be forbidden. */
export function ruled(before: ToolChoice, rule: ToolRule, tool: string, tools: readonly string[]): Ruled {
  const others = before.forbidden.filter((one) => one !== tool)
  const first = before.first === tool ? null : before.first
  switch (rule) {
    case 'force':
      return { kind: 'choice', choice: { first: tool, forbidden: others } }
    case 'allow':
      return { kind: 'choice', choice: { first, forbidden: others } }
    case 'forbid': {
      const forbidden = [...others, tool]
      if (tools.some((one) => !forbidden.includes(one))) return { kind: 'choice', choice: { first, forbidden } }
      return {
        kind: 'refused',
        why: `${tool} is the last tool that is left`,
      }
    }
  }
}

/** Tools in order, as a person wants them. */
export function chosen(order: readonly string[], { first, forbidden }: ToolChoice): string[] {
  const left = order.filter((tool) => !forbidden.includes(tool))
  if (first === null || !left.includes(first)) return left
  return [first, ...left.filter((tool) => tool !== first)]
}
