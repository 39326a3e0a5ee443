/** `sluice.conflicts/1`, and the same for a terminal: which work in flight would merge now, with the target and pairwise. */
import type { Prediction } from '../git/predict.ts'
import type { StateName } from '../model/state.ts'
import { document } from './documents.ts'
import { neutralise } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { count, listed, shortCommit } from './units.ts'

export interface Asked {
  run: string
  target: { branch: string; commit: string }
  workstreams: { id: string; state: StateName; attempt: number; work: string; onTarget: Prediction }[]
  pairs: ({ a: string; b: string } & Prediction)[]
  /** Named, but with nothing in flight: landed, or not begun. */
  withoutWork: { id: string; state: StateName }[]
}

/** Pairs and paths shown; `--json` has all. */
const PAIRS_MAX = 50
const PATHS_MAX = 3

export function conflictsDocument({ run, target, workstreams, pairs, withoutWork }: Asked) {
  return document('conflicts', {
    run,
    target,
    workstreams: workstreams.map(({ onTarget, ...rest }) => ({
      ...rest,
      verdict: onTarget.kind,
      files: filesOf(onTarget),
    })),
    pairs: pairs.map((pair) => ({ a: pair.a, b: pair.b, verdict: pair.kind, files: filesOf(pair) })),
    withoutWork,
  })
}

function filesOf(prediction: Prediction): { path: string; kind: string }[] {
  return prediction.kind === 'conflict' ? prediction.files : []
}

export function conflictsText({ target, workstreams, pairs, withoutWork }: Asked, style: Style): string[] {
  const idle = withoutWork.map(({ id, state }) => `${id} is ${state}: it has no work in flight`)
  if (workstreams.length === 0) return [...idle, 'nothing is in flight: there is no work that could conflict']
  const width = Math.max(
    'WORKSTREAM'.length,
    ...[...workstreams, ...pairs.map(({ b }) => ({ id: b }))].map(({ id }) => id.length),
  )
  const bad = pairs.filter(({ kind }) => kind !== 'clean')
  const lines = [
    ...idle,
    paint(style, 'bold', `${'WORKSTREAM'.padEnd(width)}  STATE     WORK       ONTO ${target.branch}`),
    ...workstreams.map(
      ({ id, state, work, onTarget }) =>
        `${id.padEnd(width)}  ${state.padEnd(8)}  ${shortCommit(work)}  ${verdictText(onTarget)}`,
    ),
  ]
  if (pairs.length === 0) return lines
  lines.push('')
  if (bad.length === 0) {
    const which = pairs.length === 1 ? 'The two merge' : `All ${pairs.length} pairs merge`
    return [...lines, `${which} with each other without a conflict, in either order.`]
  }
  return [
    ...lines,
    paint(style, 'bold', `${'ONE'.padEnd(width)}  ${'OTHER'.padEnd(width)}  TOGETHER`),
    ...bad.slice(0, PAIRS_MAX).map((pair) => `${pair.a.padEnd(width)}  ${pair.b.padEnd(width)}  ${verdictText(pair)}`),
    ...(bad.length > PAIRS_MAX ? [`and ${count(bad.length - PAIRS_MAX, 'more pair')}`] : []),
    '',
    bad.length === pairs.length
      ? `${count(bad.length, 'pair')}, and none merges cleanly.`
      : `${bad.length} of ${count(pairs.length, 'pair')} would conflict; the others merge in either order.`,
    'Of such a pair the first to land goes in as it is, and the other has the conflict (E402).',
  ]
}

function verdictText(prediction: Prediction): string {
  switch (prediction.kind) {
    case 'clean':
      return 'clean'
    case 'unrelated':
      return 'no common history'
    case 'conflict':
      return `conflict in ${listed(prediction.files.map(fileText), PATHS_MAX)}`
  }
}

function fileText({ path, kind }: { path: string; kind: string }): string {
  return `${neutralise(path)}${kind === 'content' ? '' : ` (${neutralise(kind)})`}`
}
