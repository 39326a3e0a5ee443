/**
 * `sluice plan --conflicts`: is it safe to merge these now? Git is asked about the work that is pinned at this moment, with
 * or without a run at work; nothing is written.
 */
import { join } from 'node:path'
import { type Pair, predictMerges } from '../../git/predict.ts'
import { type Head, headsOf } from '../../landing/radar.ts'
import { scratchFolder } from '../../git/scratch-folder.ts'
import { readTip } from '../../landing/tip.ts'
import type { Attempt } from '../../model/attempt.ts'
import { EXIT } from '../../model/failure.ts'
import { type Asked, conflictsDocument, conflictsText } from '../../observe/asked-conflicts.ts'
import { viewsOfRows } from '../../observe/status.ts'
import { select } from '../../plan/select.ts'
import { openSession, requireRun } from '../session.ts'
import { type CommonOptions, printJson, printLines, terminal } from '../terminal.ts'

/** `selectors`: none for all pairs; one workstream is compared with all others, several with each other. */
export async function planConflicts(selectors: readonly string[], options: CommonOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { repo } = session
  const { store, run } = await requireRun(session)
  const [rows, attempts] = await Promise.all([store.workstreams(run.id), store.attempts(run.id)])
  await store.close()
  const views = viewsOfRows(rows)
  const definitions = rows.map((row) => row.definition)
  const named = new Set(select(definitions, selectors, { stateOf: (id) => views.get(id)!.name }))
  const byWorkstream = Map.groupBy(attempts, ({ workstream }) => workstream)
  const headsAmong = (ids: ReadonlySet<string>): Head[] =>
    headsOf(
      rows.filter(({ id }) => ids.has(id)),
      (id): readonly Attempt[] => byWorkstream.get(id) ?? [],
    )
  const chosen = headsAmong(named)
  const others =
    named.size === 1 ? headsAmong(new Set(rows.map(({ id }) => id))).filter(({ id }) => !named.has(id)) : []
  const tip = await readTip(repo, run.target, { tidy: false })
  const onto = tip.kind === 'diverged' ? tip.published : tip.commit
  const pairs = others.length > 0 ? chosen.flatMap((a) => others.map((b) => [a, b] as const)) : pairsOf(chosen)
  await using scratch = await scratchFolder(repo)
  const asked: Pair[] = [
    ...chosen.map(({ commit }): Pair => [onto, commit]),
    ...pairs.map(([a, b]): Pair => [a.commit, b.commit]),
  ]
  const verdicts = await predictMerges(repo, asked, { scratch: join(scratch.path, 'objects') })
  const found: Asked = {
    run: run.id,
    target: { branch: run.target, commit: onto },
    workstreams: chosen.map(({ id, commit, attempt }, index) => ({
      id,
      state: views.get(id)!.name,
      attempt,
      work: commit,
      onTarget: verdicts[index]!,
    })),
    pairs: pairs.map(([a, b], index) => ({ a: a.id, b: b.id, ...verdicts[chosen.length + index]! })),
    withoutWork:
      selectors.length === 0 ? [] : withoutWork(named, chosen).map((id) => ({ id, state: views.get(id)!.name })),
  }
  if (options.json) printJson(conflictsDocument(found))
  else printLines(conflictsText(found, terminal.outStyle()))
  return EXIT.ok
}

function pairsOf(heads: readonly Head[]): (readonly [Head, Head])[] {
  return heads.flatMap((a, index) => heads.slice(index + 1).map((b) => [a, b] as const))
}

function withoutWork(named: ReadonlySet<string>, heads: readonly Head[]): string[] {
  return [...named.difference(new Set(heads.map(({ id }) => id)))]
}
