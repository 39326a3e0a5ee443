/**
 * How long a run with 50 tools at work is without a head: killed with -9, launcher included, and run again, from the start
 * of the process until the last tool is followed again. Afterwards the tools are let go, and all of them have to land.
 */
import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Event } from '../src/model/event.ts'
import { processRow } from '../src/process/table.ts'
import { medianOf } from './median.ts'
import { makePlace, type Place } from './place.ts'
import { makeRepository } from './repository.ts'
import { type Row, rowOf } from './row.ts'

const AGENTS = 50
/** Too few for a 99th percentile: the longest of all is held against what is promised for it. */
const RESTARTS = 20
const RESTART_MS_MAX = 1_000
/** Of the orchestrator alone: nearly all of it is Node that starts and reads our code, and what remains hangs on the disk. */
const CPU_MS_MAX = 600
/** One that takes this long hangs. */
const WAIT_MS_MAX = 120_000

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-restart')
  const gate = join(place.dir, 'go')
  execFileSync('mkfifo', [gate])
  prepare(place, gate)
  const first = place.start('run', '--json', '--no-input')
  const launched = await pidsOf(first, 'attempt.launched')
  await kill(first)
  const times: number[] = []
  const ticks: number[] = []
  for (let turn = 0; turn < RESTARTS; turn++) {
    const began = performance.now()
    const child = place.start('run', '--json', '--no-input')
    const adopted = await pidsOf(child, 'attempt.adopted')
    times.push(performance.now() - began)
    ticks.push(processRow(child.pid!)!.cpuMs)
    if (adopted.join() !== launched.join()) throw new Error('other tools were taken up than had been started')
    await kill(child)
  }
  await landAll(place, gate)
  return [
    rowOf(`restart: ${AGENTS} tools followed again, median of ${RESTARTS}`, medianOf(times), 'ms', RESTART_MS_MAX),
    rowOf('restart: time of the processor in that', medianOf(ticks), 'ms', CPU_MS_MAX),
    rowOf(`restart: the longest of ${RESTARTS}`, Math.max(...times), 'ms', RESTART_MS_MAX),
  ]
}

/** Every tool waits, without using anything, until somebody opens the pipe `gate` for writing and closes it. */
function prepare(place: Place, gate: string): void {
  const work = 'read -r line <"$0"; echo "$SLUICE_WORKSTREAM is done" >"$SLUICE_WORKSTREAM.txt"'
  const yaml = {
    version: 1,
    target: 'main',
    workstreams: 'workstreams/*.json',
    agents: AGENTS,
    sandbox: 'off',
    watch: { memory: { warn: [100, '0s'], critical: [100, '0s'] } },
    tools: { order: ['worker'], worker: { command: ['sh', '-c', work, gate] } },
    gate: ['test -f sluice.yaml'],
  }
  const plan = Array.from({ length: AGENTS }, (_, number) => {
    const id = `part-${String(number).padStart(2, '0')}`
    return { id, tasks: [id], files_create: [`${id}.txt`] }
  })
  makeRepository(place, [
    ['sluice.yaml', JSON.stringify(yaml)],
    ['workstreams/plan.json', JSON.stringify(plan)],
  ])
}

/**
 * Process numbers that the events of this type name, in order of their workstreams, once there is one for each tool. What
 * comes later is read too: who writes to a pipe that nobody reads stands still.
 */
async function pidsOf(child: ChildProcess, type: 'attempt.launched' | 'attempt.adopted'): Promise<string[]> {
  const found: string[] = []
  let errors = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const { promise: complete, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const event = JSON.parse(line) as Event
    if (event.type === type) found.push(`${event.workstream} ${event.pid}`)
    if (found.length === AGENTS) resolve()
  })
  const limit = setTimeout(resolve, WAIT_MS_MAX)
  await Promise.race([complete, once(child, 'exit')])
  clearTimeout(limit)
  if (found.length < AGENTS) throw new Error(`${found.length} of ${AGENTS} came to ${type}:\n${errors}`)
  return found.sort()
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  process.kill(-child.pid!, 'SIGKILL')
  await ended
}

async function landAll(place: Place, gate: string): Promise<void> {
  const child = place.start('run', '--json', '--no-input')
  await pidsOf(child, 'attempt.adopted')
  const ended = once(child, 'exit') as Promise<[number | null]>
  closeSync(openSync(gate, constants.O_WRONLY))
  const [exit] = await ended
  if (exit !== 0) throw new Error(`the run that went on ended with ${exit}`)
}
