/** What must hold when a run has come to its end, whatever happened on the way; read from git, /proc and the disk alone. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Place } from '../bench/place.ts'
import { type Refactoring, resultOf } from '../bench/refactoring.ts'
import { createJudge, isOurs, redTargets } from './gate-history.ts'

const LANDED = '--grep=^Sluice-Landing:'

/** Landings on the target, by its own history. */
export function landedCount(place: Place): number {
  return Number(place.git('rev-list', '--count', '--first-parent', LANDED, 'refs/heads/main'))
}

export interface Before {
  agents: number
  /** `git config --local --list` of the repository. */
  config: string
  /** The commands of the gate. */
  gate: readonly string[]
}

/** Every broken promise in words; none is what is wanted. */
export async function violations(place: Place, plan: Refactoring, before: Before): Promise<string[]> {
  const judge = createJudge({ commands: before.gate, env: place.env, folder: place.dir })
  return [
    ...(await redTargets(join(place.repo, '.git'), 'main', judge, isOurs)),
    ...wrongLandings(place, plan),
    ...wrongProofs(place, plan),
    ...wrongTree(place, plan),
    ...changedForUser(place, before),
    ...(await leftBehind(place, before)),
  ]
}

/** One landing commit for each workstream, with its three trailers, and nothing else on top of the first commit. */
function wrongLandings(place: Place, { workstreams }: Refactoring): string[] {
  const trailer = (key: string): string => `%(trailers:key=Sluice-${key},valueonly,separator=%x2C)`
  const format = ['Workstream', 'Landing', 'Attempt'].map(trailer).join(' ')
  const lines = place.git('log', '--first-parent', `--format=${format} %p`, 'main').split('\n').slice(0, -1)
  const landed = lines.map((line) => line.split(' '))
  const wrong = landed
    .filter((fields) => fields.length !== 5 || fields.includes(''))
    .map((fields) => `odd landing: ${fields.join(' ')}`)
  const names = landed.map(([workstream]) => workstream!)
  const ids = landed.map(([, landing]) => landing!)
  return [
    ...wrong,
    ...workstreams.filter(({ id }) => !names.includes(id)).map(({ id }) => `${id} has not landed`),
    ...repeated(names).map((name) => `${name} has landed twice`),
    ...repeated(ids).map((id) => `two landings are called ${id}`),
    ...names.filter((name) => !workstreams.some(({ id }) => id === name)).map((name) => `${name} was never planned`),
  ]
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

interface Report {
  run: { state: string }
  counts: Record<string, number>
  landings: { workstream: string; commit: string; gate: { exit: number | null }[] }[]
}

/** The report knows each landing of the history, with a gate that passed. */
function wrongProofs(place: Place, { workstreams }: Refactoring): string[] {
  const { exit, stdout, stderr } = place.sluice('report', '--format', 'json')
  if (exit !== 0) return [`report ended with ${exit}: ${stderr}`]
  const { counts, landings } = JSON.parse(stdout) as Report
  const history = place.git('rev-list', '--first-parent', LANDED, 'main').split('\n')
  const green = landings.filter(
    ({ commit, gate }) => history.includes(commit) && gate.length > 0 && gate.every((check) => check.exit === 0),
  )
  return [
    ...(counts['landed'] === workstreams.length ? [] : [`the report counts ${JSON.stringify(counts)}`]),
    ...(green.length === workstreams.length
      ? []
      : [`the report proves ${green.length} landings of ${workstreams.length}`]),
  ]
}

/** The target is what it was and the result of every workstream, no more. */
function wrongTree(place: Place, { workstreams }: Refactoring): string[] {
  const first = place.git('rev-list', '--max-parents=0', 'main')
  const changes = place.git('diff', '--name-status', '--no-renames', first, 'main').split('\n').sort()
  const wanted = workstreams.map(({ id }) => `A\t${resultOf(id)}`).sort()
  const odd = [...changes.filter((line) => !wanted.includes(line)), ...wanted.filter((line) => !changes.includes(line))]
  const texts = workstreams.filter(({ id }) => !odd.some((line) => line.includes(id)))
  const torn = texts.filter(({ id }) => place.git('show', `main:${resultOf(id)}`) !== `${id} is done`)
  return [
    ...odd.map((line) => `the tree differs: ${line}`),
    ...torn.map(({ id }) => `${resultOf(id)} has another content`),
  ]
}

/** The checkout is clean and at the target; configuration, stash and branches are the user's own but for `ws/`. */
function changedForUser(place: Place, { config }: Before): string[] {
  const status = place.git('status', '--porcelain')
  const branches = place.git('for-each-ref', '--format=%(refname)', 'refs').split('\n')
  const foreign = branches.filter((ref) => !/^refs\/(heads\/(main|ws\/.+)|sluice\/.+|notes\/sluice)$/.test(ref))
  const worktrees = place
    .git('worktree', 'list', '--porcelain')
    .split('\n')
    .filter((line) => line.startsWith('worktree '))
  return [
    ...(status === '' ? [] : [`the checkout is not clean:\n${status}`]),
    ...(place.git('symbolic-ref', 'HEAD') === 'refs/heads/main' ? [] : ['HEAD is no longer on main']),
    ...(place.git('config', '--local', '--list') === config ? [] : ['the configuration was changed']),
    ...foreign.map((ref) => `a ref too many: ${ref}`),
    ...(worktrees.length === 1 ? [] : [`${worktrees.length} worktrees in the user's list`]),
  ]
}

/** No process, no lock, no half-written file, no pin of a candidate, no slot above the number of seats. */
async function leftBehind(place: Place, { agents }: Before): Promise<string[]> {
  const ours = [join(place.repo, '.git'), join(place.repo, '.sluice'), place.state].flatMap((folder) =>
    filesBelow(folder),
  )
  const files = ours.filter(
    (path) => isLeftOver(path) || /^[^/]+\/(agents|gates)\/[^/]+\/tmp\//.test(relative(place.state, path)),
  )
  const candidates = place.git('for-each-ref', '--format=%(refname)', 'refs/sluice/candidate')
  const seats = filesBelow(place.state, 3).filter((path) => /\/agents\/agent-\d+$/.test(path))
  return [
    ...(await survivors(place)).map((line) => `a process is left: ${line}`),
    ...filesBelow(place.tmp).map((path) => `a temporary file is left: ${relative(place.dir, path)}`),
    ...files.map((path) => `left: ${relative(place.dir, path)}`),
    ...(candidates === '' ? [] : candidates.split('\n').map((ref) => `left: ${ref}`)),
    ...(seats.length > agents ? [`${seats.length} slots for ${agents} agents`] : []),
  ]
}

/** A lock, a file that was not put in its place yet, or the journal of a move. */
export function isLeftOver(path: string): boolean {
  return /(\.(lock|new|tmp)|^(tmp|sluice_obj)_.*|^publish\.json)$/.test(basename(path))
}

/** Whole lines of a file; none when it is not there. */
export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

/** Paths below a folder; down to `levels` folders are named too. */
export function filesBelow(folder: string, levels = 0): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return [...(levels > 0 ? [path] : []), ...filesBelow(path, levels - 1)]
  })
}

/** Living processes that name the place: in their command line, their environment or as their working folder. */
export function processesOf({ dir }: Pick<Place, 'dir'>): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const texts = [command, readFileSync(`/proc/${pid}/environ`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`)]
      // A process without a command line is a zombie or the kernel's own.
      return command !== '' && texts.some((text) => text.includes(dir)) ? [`${pid} ${command}`] : []
    } catch {
      // It ended meanwhile, or belongs to somebody else.
      return []
    }
  })
}

const SURVIVORS_MS_MAX = 3_000
const LOOK_MS = 20

/** The same, once what was set off has had a moment to end. */
export async function survivors(place: Pick<Place, 'dir'>): Promise<string[]> {
  const end = performance.now() + SURVIVORS_MS_MAX
  for (;;) {
    const found = processesOf(place)
    if (found.length === 0 || performance.now() > end) return found
    await delay(LOOK_MS)
  }
}
