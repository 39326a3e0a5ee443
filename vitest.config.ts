import { configDefaults, defineConfig } from 'vitest/config'

const PORTABLE = ['launch', 'adopt', 'kill', 'run', 'identity', 'sampling', 'portable'].map(
  (name) => `test/process/${name}.test.ts`,
)

/** The agents of other vendors have an installation and a configuration of their own: `npm run test:tools`. */
const NEVER = [...configDefaults.exclude, 'test/tools/real/**']

/** What runs whole commands, or our own scripts, from end to end. */
const COMMANDS = ['cli/**/*', 'regression/*', 'scripts/*', 'docs/merge-conflict-protocol'].map(
  (name) => `test/${name}.test.ts`,
)
const FAULTS = 'test/faults/**/*.test.ts'

export default defineConfig({
  test: {
    exclude: NEVER,
    pool: 'forks',
    // Real git and real processes on two busy cores: a limit against hanging for ever, never a measurement.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // What `npm test` runs. Whole commands, and faults around a run, take longer and have scripts of their own.
      { extends: true, test: { name: 'rooms', exclude: [...NEVER, ...COMMANDS, FAULTS] } },
      // What has to hold on every system is run twice: as this system does it, and by `ps` and the portable shim.
      { extends: true, test: { name: 'portable', include: PORTABLE, env: { SLUICE_PORTABLE: '1' } } },
      { extends: true, test: { name: 'commands', include: COMMANDS } },
      { extends: true, test: { name: 'faults', include: [FAULTS] } },
    ],
  },
})
