import { configDefaults, defineConfig } from 'vitest/config'

const PORTABLE = ['launch', 'adopt', 'kill', 'run', 'identity', 'sampling', 'portable'].map(
  (name) => `test/process/${name}.test.ts`,
)

export default defineConfig({
  test: {
    // The agents of other vendors have an installation and a configuration of their own: `npm run test:tools`.
    exclude: [...configDefaults.exclude, 'test/tools/real/**'],
    pool: 'forks',
    // Real git and real processes on two busy cores: a limit against hanging for ever, never a measurement.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What has to hold on every system is run twice: as this system does it, and by `ps` and the portable shim.
    projects: [
      { extends: true, test: { name: 'here', include: ['test/**/*.test.ts'] } },
      { extends: true, test: { name: 'portable', include: PORTABLE, env: { SLUICE_PORTABLE: '1' } } },
    ],
  },
})
