/** Starts a tool of the simulated world. */
import type * as real from '../../../../src/process/launch.ts'
import type { Running } from '../../../../src/process/launch.ts'
import { SluiceError } from '../../../../src/model/failure.ts'
import type { Tool } from '../../world/tools.ts'
import { world } from '../../world/world.ts'
import { bootId } from './identity.ts'

export * from '../../../../src/process/launch.ts'

export const launch: typeof real.launch = ({ dir, cwd, nonce, env, argv }) =>
  world().doing('launch', () => {
    const workstream = env['SLUICE_WORKSTREAM']!
    const attempt = Number(env['SLUICE_ATTEMPT'])
    const { tools, disk, fates, memoryKills } = world()
    const fate = fates(workstream, attempt)
    if (fate.kind === 'never starts') {
      world().fault(fate.kind)
      throw new SluiceError({ code: 'E201', message: `${argv[0]} could not be started: no answer` })
    }
    disk.write(`${dir}/spec.json`, JSON.stringify({ nonce, bootId: bootId(), killsForMemory: memoryKills }))
    const tool = tools.begin({ nonce, workstream, attempt, tool: argv[0]!, worktree: cwd, dir, fate })
    return runningOf(tool)
  })

/** What an orchestrator holds of a tool at work. */
export function runningOf(tool: Tool): Running {
  const { promise, resolve } = Promise.withResolvers<Awaited<Running['exited']>>()
  const hear = (): void => resolve(tool.end ?? 'lost')
  if (tool.end === null) tool.onEnd.push(hear)
  else hear()
  const identity = { bootId: bootId(), pid: 1000 + tool.attempt, startTicks: 1 }
  return {
    tree: { nonce: tool.nonce, leader: identity },
    shim: identity,
    exited: promise,
    release: () => resolve('released'),
  }
}
