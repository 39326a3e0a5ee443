import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Real git and real processes on two busy cores: a limit against hanging for ever, never a measurement.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
