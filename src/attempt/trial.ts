/**
 * A tool at a tiny task, by the very steps of a real attempt (slot, box, shim, watch, verdict), in a repository that is made for
 * it. Whether the work is right is not asked of the tool: the file is there, or it is not.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBlobs } from '../git/blob.ts'
import { firstCommit } from '../git/first-commit.ts'
import { removeTree } from '../git/remove-tree.ts'
import { openRepository } from '../git/repository.ts'
import { slotAt } from '../git/slot.ts'
import type { Attempt, Outcome, Usage } from '../model/attempt.ts'
import type { Config } from '../model/config.ts'
import { workstreamOf } from '../model/workstream.ts'
import { DiskRoom } from '../process/room.ts'
import { Sampling } from '../process/sampling.ts'
import { renderBrief } from '../tools/brief.ts'
import { Keys } from '../tools/keys/keys.ts'
import type { ProcessTool } from '../tools/tool.ts'
import { type Job, runAttempt } from './attempt.ts'

/** The slowest agent needs some six seconds for it, and its model as long again. */
const MINUTES_MAX = 5

/** Of what it said. */
const LINES_MAX = 5

const FILE = 'greeting.txt'
const GREETING = 'hello from sluice'

const PERSON = { name: 'Sluice trial', email: 'trial@localhost' }

const TASK = workstreamOf('trial', {
  title: 'Write a greeting',
  tasks: [`Create the file ${FILE} that holds one line: ${GREETING}`],
  description: 'Nothing else is wanted: no explanation, no other file.',
  filesScope: [FILE],
  filesCreate: [FILE],
})

export interface Trial {
  works: boolean
  outcome: Outcome
  ms: number
  usage: Usage | null
  /** The last that it said or did. */
  lines: string[]
}

/** Tries the tool as `config` says, with its scripts and programs found from `root`. Leaves nothing; `signal` ends it. */
export async function tryTool(tool: ProcessTool, config: Config, root: string, signal: AbortSignal): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-trial-'))
  try {
    return await tryIn(folder, rootedAt(tool, root), config, signal)
  } finally {
    await removeTree(folder)
  }
}

/** Its own files are where the user has them, and not in the repository of the trial. */
function rootedAt(tool: ProcessTool, root: string): ProcessTool {
  return { ...tool, prepare: (context) => tool.prepare({ ...context, root }) }
}

async function tryIn(folder: string, tool: ProcessTool, config: Config, signal: AbortSignal): Promise<Trial> {
  const place = join(folder, 'repository')
  mkdirSync(place)
  writeFileSync(join(place, 'README.md'), '# A place to try a tool in\n')
  const { commit: base } = await firstCommit(place, { author: PERSON, message: 'A place to try a tool in\n' })
  const repo = await openRepository(place)
  const attempt: Attempt = {
    run: 'trial',
    workstream: TASK.id,
    number: 1,
    tool: tool.id,
    agent: 1,
    base,
    nonce: randomUUID(),
    phase: 'preparing',
    startedAt: Date.now(),
    endedAt: null,
    outcome: null,
    work: null,
    changed: [],
  }
  await using keys = new Keys({ folder: join(folder, 'keys'), tools: [tool], environment: process.env })
  const told: string[] = []
  const nobody = (): Promise<void> => Promise.resolve()
  const job: Job = {
    repo,
    config: limited(config, tool.id),
    target: 'main',
    identity: PERSON,
    slot: slotAt(join(folder, 'work'), 'agents', 1),
    dir: join(folder, 'attempt'),
    tool,
    workstream: TASK,
    attempt,
    checkpoint: null,
    resumes: null,
    brief: renderBrief({
      workstream: TASK,
      attempt: 1,
      baseNote: null,
      note: null,
      dependencies: [],
      rivals: [],
      earlier: [],
      checks: [],
      acceptance: 'run',
    }),
    sampling: new Sampling(),
    room: new DiskRoom({ ballast: join(folder, 'ballast'), disks: () => [], tell: nobody }),
    keys,
    now: Date.now,
    prepared: nobody,
    launched: nobody,
    checkpointed: nobody,
    heard: (_, lines) => Promise.resolve(void told.push(...lines)),
  }
  const began = performance.now()
  const ended = await runAttempt(job, signal)
  const ms = Math.round(performance.now() - began)
  if (ended.kind === 'detached') throw new Error('a trial is never let go')
  const { outcome, work, usage } = ended
  const lines = [...told, ...ended.lines].slice(-LINES_MAX)
  if (outcome.kind !== 'ok' || work === null) return { works: false, outcome, ms, usage, lines }
  const text = (await readBlobs(repo, [`${work}:${FILE}`])).get(`${work}:${FILE}`)?.toString('utf8') ?? ''
  if (text.trim() === GREETING) return { works: true, outcome, ms, usage, lines }
  const message = text === '' ? `${FILE} is not there` : `${FILE} does not hold what was asked for`
  return { works: false, outcome: { kind: 'rejected', code: 'E204', message }, ms, usage, lines }
}

/** Nothing of the user's repository takes part, and a tool that is as slow as this does not work. */
function limited(config: Config, tool: string): Config {
  const { settings } = config.tools
  const own = settings[tool]
  const minutes = (asked: number | null): number => Math.min(asked ?? MINUTES_MAX, MINUTES_MAX)
  const limits = { ...config.limits, timeoutMinutes: MINUTES_MAX, idleMinutes: minutes(config.limits.idleMinutes) }
  if (own === undefined) return { ...config, limits, workspace: NO_WORKSPACE }
  const quick = { ...own, timeoutMinutes: minutes(own.timeoutMinutes), idleMinutes: minutes(own.idleMinutes) }
  return {
    ...config,
    limits,
    workspace: NO_WORKSPACE,
    tools: { ...config.tools, settings: { ...settings, [tool]: quick } },
  }
}

const NO_WORKSPACE: Config['workspace'] = { setup: null, inputs: [], copy: [], keep: [] }
