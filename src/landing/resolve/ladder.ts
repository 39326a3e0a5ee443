/**
 * Which rung of the ladder is next for a conflict. Pure, and decided from what was tried alone, so that a restart decides
 * the same.
 *
 * ```
 * reorder ─▶ regenerate ─▶ drivers ─▶ rerere ─▶ tool ─▶ another tool ─▶ human
 *            └───────── automatic ─────────┘
 * ```
 * The configuration says which rungs there are and in what order; the automatic ones that stand together are one step.
 * Each is climbed once (a tool that was cut off, once more), so the ladder has an end, and at the end is a person. What it
 * never does is take one side.
 */
import { AUTOMATIC_RUNGS, type AutomaticRung, type Rung, type Tried } from '../../model/rung.ts'

/** Times that one tool may be cut off for reasons that say nothing about it, before the next rung. */
const CUT_OFF_MAX = 2

export interface LadderInput {
  /** `landing.resolve`. */
  resolve: readonly Rung[]
  /** For this conflict: this work on this tip. */
  tried: readonly Tried[]
  /** The workstream in the queue that goes first when this one is put behind it; null: the other side has landed. */
  peer: string | null
  /** The tool that made the work; null: a person did. */
  own: string | null
  /** Tools that may be asked now, first choice first; no person among them. */
  tools: readonly string[]
}

export type NextRung =
  | { rung: 'reorder'; behind: string }
  /** For `resolveAutomatically`, in this order. */
  | { rung: 'automatic'; rungs: AutomaticRung[] }
  | { rung: 'tool' | 'another-tool'; tool: string }
  | { rung: 'human' }

/** Total: there is always an answer, and from some number of tries on it is `human`. */
export function nextRung(input: LadderInput): NextRung {
  const rungs = [...new Set(input.resolve)]
  for (const [index, rung] of rungs.entries()) {
    if (rung === 'human') break
    if (isAutomatic(rung)) {
      const together = automaticFrom(rungs, index).filter((one) => !wasTried(input, one))
      if (together.length > 0) return { rung: 'automatic', rungs: together }
    } else if (rung === 'reorder') {
      if (input.peer !== null && !wasTried(input, rung)) return { rung, behind: input.peer }
    } else {
      const tool = toolFor(rung, input)
      if (tool !== null) return { rung, tool }
    }
  }
  return { rung: 'human' }
}

function isAutomatic(rung: Rung): rung is AutomaticRung {
  return AUTOMATIC_RUNGS.some((one) => one === rung)
}

function automaticFrom(rungs: readonly Rung[], index: number): AutomaticRung[] {
  const end = rungs.findIndex((rung, at) => at > index && !isAutomatic(rung))
  return rungs.slice(index, end < 0 ? undefined : end).filter(isAutomatic)
}

function wasTried({ tried }: LadderInput, rung: Rung): boolean {
  return tried.some((one) => one.rung === rung)
}

/**
 * `tool` is the one that made the work, for it knows what it meant; `another-tool` is the first other one. A rung is done
 * with the first try that counts, a tool also when it was cut off too often.
 */
function toolFor(rung: 'tool' | 'another-tool', { tried, own, tools }: LadderInput): string | null {
  const tries = tried.filter((one) => 'tool' in one)
  if (tries.some((one) => one.rung === rung && !one.cutOff)) return null
  const isUsable = (tool: string): boolean => {
    const its = tries.filter((one) => one.tool === tool)
    return its.every((one) => one.cutOff) && its.length < CUT_OFF_MAX
  }
  return tools.find((tool) => (rung === 'tool') === (tool === own) && isUsable(tool)) ?? null
}
