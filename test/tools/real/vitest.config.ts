import { defineConfig } from 'vitest/config'

/** One agent at a time: each is 150 to 500 MB, and the machine has other work. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    // An hour without a word would be too long.
    reporters: ['verbose'],
    testTimeout: 14 * 60_000,
    hookTimeout: 60_000,
  },
})
