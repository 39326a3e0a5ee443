import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The agents of other vendors have an installation and a configuration of their own: `npm run test:tools`.
    exclude: [...configDefaults.exclude, 'test/tools/real/**'],
    pool: 'forks',
    // Real git and real processes on two busy cores: a limit against hanging for ever, never a measurement.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
