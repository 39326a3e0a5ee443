/** Acceptance tests as checks: what is run of them, by whoever runs it and by whoever looks for the verdict. */
import type { Check, Config } from '../model/config.ts'
import type { Workstream } from '../model/workstream.ts'

/** None where they are only to be shown, and none for prose: that is for people. */
export function acceptanceChecks(
  { acceptance }: Pick<Workstream, 'acceptance'>,
  config: Pick<Config, 'acceptance'>,
): Check[] {
  const tests = config.acceptance === 'run' ? acceptance : []
  return tests.flatMap(({ name, run }) => (run === null ? [] : [{ name, run, timeoutMinutes: null, paths: [] }]))
}
