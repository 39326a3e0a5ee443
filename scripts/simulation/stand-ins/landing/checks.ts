/** Checks of the simulated world: they take their time, and say what is true of the tree, or by chance something else. */
import { markFile } from '../../../../src/landing/checks.ts'
import type * as real from '../../../../src/landing/checks.ts'
import type { CheckResult } from '../../../../src/model/landing.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/landing/checks.ts'

export const runChecks: typeof real.runChecks = async ({ commit, checks, slot, signal, nonce }) => {
  await world().doing('begin a check', () => {
    world().watcher.touched(slot.worktree, 'checked')
    world().disk.write(markFile(slot.dir), nonce)
  })
  const results: CheckResult[] = []
  for (const { name, run } of checks) {
    const ms = world().gate.lengthMs()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => resolve(), { once: true })
    if (!(signal?.aborted ?? false)) await promise
    clearTimeout(timer)
    if (signal?.aborted ?? false) break
    const red = await world().looking(() => world().gate.judge(run, commit))
    const tail = red === null ? '' : `error: ${red}`
    results.push({ name, command: run, exit: red === null ? 0 : 1, ms, timedOut: false, tail })
  }
  await world().doing('end a check', () => world().disk.remove(markFile(slot.dir)))
  signal?.throwIfAborted()
  return { results, checkMs: 0 }
}
