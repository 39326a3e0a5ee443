/** What attempts and the machine use: one bounded document for each, replaced as a whole. `subject`: `ID.N`, or empty for the machine. */
export function vitals(): string[] {
  return [
    'create table vitals (run text not null, subject text not null, doc text not null, primary key (run, subject))',
  ]
}
