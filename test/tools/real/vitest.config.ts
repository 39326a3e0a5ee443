import { defineConfig } from 'vitest/config'

/** Most of them wait: for silence, for a second try. What is at work needs half a core to one, and 150 to 500 MB. */
const CELLS_AT_ONCE = 6

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    maxConcurrency: CELLS_AT_ONCE,
    // Half an hour without a word would be too long.
    reporters: ['verbose'],
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
})
