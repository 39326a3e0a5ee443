import { defineConfig } from 'vitest/config'

/** One agent at a time: each is 150 to 500 MB, and the machine has other work. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 8 * 60_000,
    hookTimeout: 60_000,
  },
})
