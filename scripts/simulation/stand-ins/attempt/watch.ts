/** A tool is watched by its end and the clock alone: how silence is measured has tests of its own. */
import { DETACH } from '../../../../src/attempt/watch.ts'
import type * as real from '../../../../src/attempt/watch.ts'
import { killTree } from '../process/kill.ts'
import { FATES } from '../../world/tools.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/attempt/watch.ts'

export const watchTool: typeof real.watchTool = async (running, { timeoutMs, idleMs, signal }) => {
  const tool = world().tools.byNonce(running.tree.nonce)!
  const isSilent = 'isSilent' in FATES[tool.fate.kind]
  const ends = isSilent ? Math.min(idleMs, timeoutMs) : timeoutMs
  const over = Promise.withResolvers<'over'>()
  const timer = setTimeout(() => over.resolve('over'), ends)
  const aborted = Promise.withResolvers<'aborted'>()
  const onAbort = (): void => aborted.resolve('aborted')
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const first = await Promise.race([running.exited, aborted.promise, over.promise])
  clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
  if (first === 'released' || (first === 'aborted' && signal.reason === DETACH)) {
    running.release()
    return { kind: 'detached' }
  }
  // It may have ended in the very moment in which its time was up.
  const { end } = tool
  await killTree(running.tree, { graceMs: 0 })
  if (first === 'aborted') return { kind: 'ended' }
  if (first === 'lost' || end === 'lost') return { kind: 'lost' }
  if (first !== 'over') return { kind: 'exited', exit: first }
  if (end !== null) return { kind: 'exited', exit: end }
  return isSilent && idleMs < timeoutMs ? { kind: 'silent', ms: idleMs } : { kind: 'timeout' }
}
