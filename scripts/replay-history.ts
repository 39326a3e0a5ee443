/**
 * `npm run replay -- --repo PATH --merges N [--json]`: how would the queue have done on a history that is already
 * there? Takes the newest N merges of a local repository, lands each again, and says for each whether it landed or
 * conflicted, and whether the tree is the one that people committed. The table goes to stdout, progress to stderr.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { neutralise } from '../src/observe/neutralise.ts'
import { count, durationText, listed, shortCommit } from '../src/observe/units.ts'
import { type Chosen, openDesk, type Replayed } from './replay.ts'

const USAGE = 'usage: npm run replay -- --repo PATH [--merges N] [--json]\n'
const SUBJECT_MAX = 60

const options = readOptions()
if (options === null) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  await main(options)
}

interface Options {
  repo: string
  merges: number
  json: boolean
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: { repo: { type: 'string' }, merges: { type: 'string', default: '20' }, json: { type: 'boolean' } },
    })
    const merges = Number(values.merges)
    if (values.repo === undefined || !Number.isInteger(merges) || merges < 1) return null
    return { repo: resolve(values.repo), merges, json: values.json ?? false }
  } catch {
    return null
  }
}

async function main({ repo, merges, json }: Options): Promise<void> {
  // What was replayed so far is told, and the clone removed, also after Ctrl-C; the child has been told by the terminal.
  let isStopped = false
  process.once('SIGINT', () => (isStopped = true))
  process.once('SIGTERM', () => (isStopped = true))
  await using desk = await openDesk(repo)
  const chosen = await desk.choose(merges)
  const done: Replayed[] = []
  for (const merge of chosen.merges) {
    if (isStopped) break
    const result = await desk.replay(merge)
    // What a signal has cut short says nothing about the merge.
    if (isStopped) break
    done.push(result)
    process.stderr.write(`${done.length}/${chosen.merges.length} ${rowText(result)}\n`)
  }
  const totals = totalsOf(done)
  if (json) {
    const document = { schema: 'sluice.replay/1', merges: done, skipped: chosen.skipped, totals }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  } else {
    const rows = done.length === 0 ? [] : [...done.map(rowText), '']
    process.stdout.write(`${[...rows, ...totalsText(totals, chosen)].join('\n')}\n`)
  }
  if (isStopped) process.exitCode = 130
}

interface Totals {
  replayed: number
  landed: number
  conflicts: number
  refused: number
  /** Of the landed ones: the tree is the one that was committed. */
  same: number
  different: number
  /** Shares, 0 to 1; null of nothing. */
  rates: { landed: number | null; conflicts: number | null; same: number | null }
}

function totalsOf(done: readonly Replayed[]): Totals {
  const having = (test: (one: Replayed) => boolean): number => done.filter(test).length
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
  const landed = having(({ outcome }) => outcome === 'landed')
  const conflicts = having(({ outcome }) => outcome === 'conflict')
  const same = having((one) => one.same === true)
  const rates = {
    landed: share(landed, done.length),
    conflicts: share(conflicts, done.length),
    same: share(same, landed),
  }
  const refused = done.length - landed - conflicts
  return { replayed: done.length, landed, conflicts, refused, same, different: landed - same, rates }
}

/** `3f2a1b9c0  landed    same tree       1.2 s  Merge branch ...`. */
function rowText({ commit, outcome, same, why, paths, ms, subject }: Replayed): string {
  const tree = same === null ? '-' : same ? 'same tree' : 'other tree'
  const what = [
    subject.slice(0, SUBJECT_MAX),
    ...(why === null ? [] : [why]),
    ...(paths.length === 0 ? [] : [listed(paths, 3)]),
  ]
  const cells = [shortCommit(commit), outcome.padEnd(8), tree.padEnd(10), durationText(ms).padStart(7)]
  return `${cells.join('  ')}  ${what.map(neutralise).join(': ')}`
}

function totalsText(totals: Totals, { merges, skipped }: Chosen): string[] {
  const { replayed, landed, conflicts, refused, same, different, rates } = totals
  const passedOver = `skipped: ${skipped.octopus} of more than two parents, ${skipped.unrelated} without a common history`
  if (merges.length === 0)
    return ['no merge to replay is reachable from HEAD: the history is linear, or all were skipped', passedOver]
  const percent = (rate: number | null): string => (rate === null ? '' : ` (${(rate * 100).toFixed(1)} %)`)
  return [
    `${count(replayed, 'merge')} replayed: ${landed} landed${percent(rates.landed)}, ` +
      `${count(conflicts, 'conflict')}${percent(rates.conflicts)}, ${refused} refused`,
    ...(landed === 0 ? [] : [`of the landed ones ${same} have the tree that was committed${percent(rates.same)}`]),
    ...(different === 0
      ? []
      : [`${different} landed with another tree: somebody edited the merge, or chose a strategy`]),
    passedOver,
  ]
}
