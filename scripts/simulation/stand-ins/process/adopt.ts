/** Finds again what an earlier orchestrator has started, or what has become of it. */
import type * as real from '../../../../src/process/adopt.ts'
import { world } from '../../world/world.ts'
import { runningOf } from './launch.ts'

export * from '../../../../src/process/adopt.ts'

export const adopt: typeof real.adopt = (dir) =>
  world().doing('adopt', () => {
    const tool = world().tools.byFolder(dir)
    if (tool === undefined) return { kind: 'lost', tree: null }
    const tree = { nonce: tool.nonce, leader: null }
    if (tool.end === 'lost') return { kind: 'lost', tree }
    if (tool.end !== null) return { kind: 'exited', tree, ...tool.end }
    return { kind: 'running', running: runningOf(tool) }
  })
