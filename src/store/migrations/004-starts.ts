/** Where a run began, went on and ended, among all of its events: found without reading them. */
export const STARTS_AND_ENDS = `type in ('run.started', 'run.resumed', 'run.ended')`

/** The index holds only those, a few for each start. A query uses it when it has this very condition, as literals. */
export function starts(): string[] {
  return [`create index events_starts on events (run, seq) where ${STARTS_AND_ENDS}`]
}
