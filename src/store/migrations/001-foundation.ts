/** The first schema. Migrations are numbered, run in order, each in one transaction, and are never edited afterwards. */

/** Statements of this migration; `autoKey` is how the database at hand spells a growing integer key. */
export function foundation(autoKey: string): string[] {
  return [
    `create table runs (id text primary key, target text not null, started_at bigint not null, doc text not null)`,
    `create table workstreams (run text not null, id text not null, position integer not null, definition text not null,
       state text not null, restart text not null, primary key (run, id))`,
    `create table attempts (workstream text not null, number integer not null, run text not null, doc text not null,
       primary key (workstream, number))`,
    `create index attempts_run on attempts (run)`,
    `create table landings (id text primary key, run text not null, doc text not null)`,
    `create index landings_run on landings (run)`,
    `create table conflicts (run text not null, workstream text not null, doc text not null, primary key (run, workstream))`,
    `create table fixes (id ${autoKey}, run text not null, doc text not null)`,
    `create table verdicts (tree text not null, gate text not null, doc text not null, primary key (tree, gate))`,
    `create table requests (id text primary key, at bigint not null, state text not null, doc text not null)`,
    `create index requests_state on requests (state)`,
    `create table events (seq ${autoKey}, run text not null, at bigint not null, type text not null, workstream text,
       attempt integer, doc text not null)`,
    `create index events_run on events (run, seq)`,
  ]
}
