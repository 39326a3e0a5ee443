/** How often the simulated kernel has killed for lack of memory. */
import { world } from '../../world/world.ts'

export * from '../../../../src/process/out-of-memory.ts'

export const killsForMemory = (): number => world().memoryKills
