/**
 * A plan of 10,000 workstreams with 40,000 dependencies, one file each: loaded, checked and planned by a fresh process,
 * start of the process included.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlanDocument } from '../src/plan/report.ts'
import { makePlace } from './place.ts'
import { type Row, rowOf } from './row.ts'

const WORKSTREAMS = 10_000
const DEPENDENCIES = 40_000
const SECONDS_MAX = 2
const MEGABYTES_MAX = 300

/** Makes the measured process say what it needed at most, in KB, as its last word. */
const TELL = `data:text/javascript,${encodeURIComponent("process.on('exit',()=>process.stderr.write(`rss=${process.resourceUsage().maxRSS}`))")}`

/** Measures once, what a user runs: the built bundle, its start included. */
export function run(): Promise<Row[]> {
  using place = makePlace('bench-plan')
  writePlan(place.repo)
  place.git('init', '-q')
  const env = { ...place.env, NODE_OPTIONS: `--import=${TELL}` }
  const options = { cwd: place.repo, env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [place.launcher, 'plan', '--json'], options)
  const seconds = (performance.now() - started) / 1000
  const rssKb = Number(/rss=(\d+)$/.exec(stderr)?.[1])
  const { summary } = JSON.parse(stdout) as PlanDocument
  if (status !== 0 || summary.workstreams !== WORKSTREAMS || summary.dependencies !== DEPENDENCIES)
    throw new Error(`the plan was not read as it was written (exit ${status}): ${stderr}`)
  return Promise.resolve([
    rowOf('plan 10,000/40,000 time', seconds, 's', SECONDS_MAX),
    rowOf('plan 10,000/40,000 memory', rssKb / 1024, 'MB', MEGABYTES_MAX),
  ])
}

/** Four dependencies each, on the ones shortly before: deep and wide, with every kind of scope entry. */
function writePlan(root: string): void {
  mkdirSync(join(root, 'workstreams'))
  writeFileSync(join(root, 'sluice.yaml'), 'version: 1\nagents: 30\ngate: [npm test]\n')
  let edges = 0
  for (let i = 0; i < WORKSTREAMS; i++) {
    // The first few have fewer to depend on; the later ones make up for it.
    const wanted = Math.min(i, Math.floor(((i + 1) * DEPENDENCIES) / WORKSTREAMS) - edges)
    const dependsOn = Array.from({ length: wanted }, (_, k) => idOf(i - 1 - ((k * 7 + i) % Math.min(i, 200)))).filter(
      unique,
    )
    for (let j = 1; dependsOn.length < wanted; j++) if (!dependsOn.includes(idOf(i - j))) dependsOn.push(idOf(i - j))
    edges += wanted
    const folder = `packages/p${i % 400}/src/m${i}`
    const workstream = {
      id: idOf(i),
      title: `Rework module ${i}`,
      tasks: [`Move ${folder} to the new interface`, 'Keep its tests green'],
      files_scope: [`${folder}/`, i % 5 === 0 ? `${folder}/**/*.ts` : `test/m${i}.test.ts`],
      files_create: i % 50 === 0 ? [`packages/p${i % 400}/*/index.ts`] : [],
      depends_on: dependsOn,
      acceptance_tests: [`npm test -- m${i}`, 'The old interface is gone'],
      track: `p${i % 40}`,
      estimated_hours: 1 + (i % 7),
    }
    writeFileSync(join(root, 'workstreams', `${idOf(i)}.json`), JSON.stringify(workstream, null, 2))
  }
}

function idOf(index: number): string {
  return `ws-${String(index).padStart(5, '0')}`
}

function unique<T>(item: T, index: number, all: T[]): boolean {
  return all.indexOf(item) === index
}
