/** What all tests of real agents share: the server that plays their models, and the watch for the key. */
import { afterAll, beforeAll, expect } from 'vitest'
import { startModelServer, type ModelServer } from '../../kit/model-server/server.ts'
import { CANARY } from './agents.ts'
import { watchForKey, type KeyWatch } from './key-watch.ts'

export interface Stage {
  server: ModelServer
  watch: KeyWatch
}

/** Is there while the tests of the file run that calls it; in the end nobody may have had the key who should not. */
export function watchedStage(): () => Stage {
  let stage: Stage | null = null
  beforeAll(async () => {
    stage = { server: await startModelServer(), watch: watchForKey(CANARY) }
  })
  afterAll(async () => {
    const { server, watch } = stage!
    watch[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
    expect([...watch.leaks]).toEqual([])
  })
  return () => stage!
}
