/** Conflicts that are predicted among the work in flight: one document for each run, replaced as a whole. */
export function predictions(): string[] {
  return ['create table predictions (run text primary key, doc text not null)']
}
