/** What is done once, within bounds, and is over when it is over: I5, I6, I7, I11 and I12. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { filesBelow, isLeftOver, processesOf } from '../../aftermath.ts'
import type { Evidence } from './evidence.ts'

const SURVIVORS_MS_MAX = 3_000
const LOOK_MS = 20

/** No orphan process. Reads the process table; what was set off may need a moment to end, what does not end is left. */
export async function I5({ stage }: Pick<Evidence, 'stage'>): Promise<string[]> {
  const end = performance.now() + SURVIVORS_MS_MAX
  for (;;) {
    const all = processesOf(stage)
    const others = new Set(stage.bystander.pids().map(String))
    const found = all.filter((line) => !others.has(line.split(' ', 1)[0]!))
    if (found.length === 0 || performance.now() > end) return found.map((one) => `a process is left: ${one}`)
    await delay(LOOK_MS)
  }
}

/**
 * Every slot matches a row, and nothing else is left. Reads the folders of slots and attempts, and the refs: a seat for each
 * slot, a slot for each pinned base, an attempt on record for each folder, with the mark that it was started with. No lock, journal,
 * half-written file, pin of a candidate or pending tip, and no mark of a check. A lock that a stopped git left in a slot is the
 * slot's own affair: it is put back when it is lent again.
 */
export function I6({ stage, work, rows, refs }: Evidence): string[] {
  const seats = Math.max(...rows.runs.map(({ agents }) => agents))
  const slots = work === null ? [] : foldersIn(join(work, 'agents'))
  const bases = [...refs.keys()].flatMap((ref) => /^refs\/sluice\/base\/(.*)/.exec(ref)?.[1] ?? [])
  const found = [
    ...slots.filter((name) => Number(name.replace('agent-', '')) > seats).map((name) => `${name} has no seat`),
    ...bases
      .filter((name) => !slots.includes(name))
      .map((name) => `the base of ${name} is pinned, and there is no such slot`),
    ...slots.filter((name) => !bases.includes(name)).map((name) => `the base of ${name} is not pinned`),
  ]
  for (const run of rows.runs) {
    const folder = join(stage.repo, '.sluice', 'runs', run.id, 'attempts')
    for (const name of foldersIn(folder)) {
      const row = rows.attempts.find(({ workstream, number }) => name === `${workstream}.${number}`)
      const spec = join(folder, name, 'spec.json')
      const nonce = existsSync(spec) ? (JSON.parse(readFileSync(spec, 'utf8')) as { nonce: string }).nonce : row?.nonce
      if (row === undefined) found.push(`attempt ${name} was begun, and is not on record`)
      else if (row.nonce !== nonce)
        found.push(`attempt ${name} is on record with another mark than it was started with`)
    }
  }
  return [...found, ...leftBehind(stage, [...refs.keys()])]
}

function leftBehind({ repo, dir, state, tmp }: Evidence['stage'], refs: readonly string[]): string[] {
  const files = [join(repo, '.git'), join(repo, '.sluice')].flatMap((folder) => filesBelow(folder)).filter(isLeftOver)
  const marks = filesBelow(state).filter((path) => /\/gates\/[^/]+\/nonce$/.test(path))
  const beside = filesBelow(state, 4).filter((path) => /\/agents\/[^/]+\/checkpoint$/.test(path))
  const left = [...files, ...marks, ...beside, ...filesBelow(tmp)].map((path) => `left: ${relative(dir, path)}`)
  return [
    ...left,
    ...refs
      .filter((ref) => /^refs\/sluice\/(candidate|target|rollback|pull|checkpoint)\//.test(ref))
      .map((ref) => `left: ${ref}`),
  ]
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/**
 * One terminal state; at most one live attempt. Reads states, attempts and events, and what the tools themselves have printed:
 * every workstream comes to the end that it comes to undisturbed, each of its states follows from the one before, its attempts come
 * one after the other with growing numbers, and no attempt's tool was started twice.
 */
export function I7({ scenario, rows, outputs }: Evidence): string[] {
  const found = Object.entries(scenario.ends).flatMap(([id, wanted]) => {
    const state = rows.states.get(id)?.state
    return state === wanted ? [] : [`${id} is ${state}, and not ${wanted}`]
  })
  for (const { id, state } of rows.runs) if (state !== 'ended') found.push(`run ${id} is ${state}`)
  for (const { workstream, number, phase } of rows.attempts) {
    if (phase !== 'settled') found.push(`attempt ${workstream}.${number} is ${phase} when all is over`)
  }
  for (const id of rows.states.keys())
    found.push(
      ...oddHistory(
        id,
        rows.events.filter(({ workstream }) => workstream === id),
      ),
    )
  for (const [id, state] of rows.states) {
    const told = rows.events.findLast(({ type, workstream }) => type === 'workstream.state' && workstream === id)?.doc[
      'to'
    ]
    if (asTold(state) !== asTold(told)) found.push(`${id} is ${state.state}, and the events end otherwise`)
  }
  for (const { attempt, text } of outputs) {
    const starts = text.split('\n').filter((line) => line.startsWith('began ')).length
    if (starts > 1) found.push(`the tool of attempt ${attempt} was started ${starts} times`)
  }
  return found
}

/** That what has landed is published is told by an event for all of them. */
function asTold(state: unknown): string {
  return JSON.stringify(state, (key, value: unknown) => (key === 'published' ? undefined : value))
}

function oddHistory(id: string, events: Evidence['rows']['events']): string[] {
  const found: string[] = []
  let [state, number, open] = ['open', 0, null as number | null]
  for (const { seq, type, attempt, doc } of events) {
    if (type === 'workstream.state') {
      if (doc['from'] !== state) found.push(`event ${seq}: ${id} was ${state}, and not ${String(doc['from'])}`)
      state = String((doc['to'] as { state: unknown }).state)
    } else if (type === 'landing.intent') {
      // Taken from the queue: what is built has an event of its own.
      state = 'landing'
    } else if (type === 'attempt.started') {
      if (open !== null) found.push(`event ${seq}: attempt ${id}.${attempt} was started while ${open} had not ended`)
      if (attempt! <= number) found.push(`event ${seq}: attempt ${id}.${attempt} was started after ${number}`)
      number = open = attempt!
    } else if (type === 'attempt.ended') {
      if (open !== attempt) found.push(`event ${seq}: attempt ${id}.${attempt} ended, and ${open} was at work`)
      open = null
    }
  }
  return open === null ? found : [...found, `attempt ${id}.${open} never ended`]
}

/** Whether anybody could be boxed on this machine: asked of bubblewrap itself. */
export const HAS_BOXES =
  spawnSync('bwrap', ['--unshare-pid', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', 'true']).status === 0

/**
 * No code of an agent runs outside the sandbox. Tools and the gate have printed the PID namespace that they found themselves in: it
 * is not this one. It fails when something is started without its box, after a kill for instance.
 */
export function I11({ scenario, outputs, checkOutputs }: Evidence): string[] {
  if (!scenario.isBoxed || !HAS_BOXES) return []
  const here = readlinkSync('/proc/self/ns/pid')
  const texts = [
    ...outputs.map(({ attempt, text }) => [attempt, text]),
    ...checkOutputs.map(({ file, text }) => [file, text]),
  ]
  return texts.flatMap(([name, text]) => (text!.includes(` in ${here}`) ? [`${name} ran outside the sandbox`] : []))
}

/**
 * Logs, retries, queues, recovery are bounded. A kill costs each seat one attempt at most, which is lost and counts as that: what
 * has failed once is not tried the same way again. Nothing that was asked for is still open; and each log tells an event once, in
 * order, up to the last one that a run has seen.
 */
export function I12({ scenario, kills, rows, logs }: Evidence): string[] {
  const seats = Math.max(...rows.runs.map(({ agents }) => agents))
  const lost = rows.attempts.filter(({ outcome }) => outcome?.kind === 'lost').length
  const others = rows.attempts.length - lost
  const found = lost > kills * seats ? [`${lost} attempts were lost by ${kills} kills`] : []
  if (others > scenario.attempts) found.push(`there were ${others} attempts, and ${scenario.attempts} are enough`)
  for (const { state } of rows.requests) if (state === 'open') found.push('a request is still open')
  const told = marksIn(logs.get('orchestrator.log') ?? '')
  const wanted = rows.events.map(({ seq }) => seq).slice(0, told.length)
  if (told.join() !== wanted.join()) found.push(`orchestrator.log tells ${told.join()}, and not ${wanted.join()}`)
  for (const [name, text] of logs) {
    const marks = marksIn(text)
    if (marks.some((seq, index) => index > 0 && seq <= marks[index - 1]!)) found.push(`${name} tells an event twice`)
  }
  return found
}

/** Numbers of the events that a log tells. */
function marksIn(log: string): number[] {
  return [...log.matchAll(/ #[A-Za-z0-9._-]+:(\d+)$/gm)].map(([, seq]) => Number(seq))
}
