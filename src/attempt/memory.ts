/** An end that the lack of memory explains is told as that: such a try is not spent, and fewer agents may be the answer. */
import type { Outcome } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import { readMemoryMark } from '../process/attempt-folder.ts'
import { bootId } from '../process/identity.ts'
import { killsForMemory } from '../process/out-of-memory.ts'

/** Whether the kernel has killed for lack of memory since the tool of the attempt in `dir` was started. */
export async function wasShortOfMemory(dir: string): Promise<boolean> {
  const before = await readMemoryMark(dir)
  const now = killsForMemory()
  return before !== null && now !== null && before.bootId === bootId() && now > before.kills
}

/** What was seen, and what it means: for an end that failed without a known reason, another one. */
export function blameMemory(outcome: Outcome, wasShort: boolean): { outcome: Outcome; warnings: Failure[] } {
  if (!wasShort) return { outcome, warnings: [] }
  const what = 'the system killed a process for lack of memory meanwhile'
  if (outcome.kind === 'crash' || outcome.kind === 'no-change') {
    const message = `${outcome.message}: ${what}`
    return { outcome: { ...outcome, kind: 'out-of-memory', code: 'E301', message }, warnings: [] }
  }
  if (outcome.kind !== 'ok' && outcome.kind !== 'empty') return { outcome, warnings: [] }
  const fix = 'look into its log for what is missing; fewer at once: sluice run --agents N'
  return { outcome, warnings: [{ code: 'E301', message: what, fix }] }
}
