/** What the tests of this room share: a repository, a slot, and attempts of a command tool in it. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '../../src/attempt/attempt.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { slotAt } from '../../src/git/slot.ts'
import type { Attempt } from '../../src/model/attempt.ts'
import { killTree } from '../../src/process/kill.ts'
import { DiskRoom } from '../../src/process/room.ts'
import { Sampling } from '../../src/process/sampling.ts'
import { namesNonce, processTable } from '../../src/process/table.ts'
import { commandTool } from '../../src/tools/command.ts'
import { Keys } from '../../src/tools/keys/keys.ts'
import { type Scratch, scratch, type ScratchOptions } from '../kit/repository.ts'
import { sampleAttempt, sampleWorkstream } from '../store/sample.ts'
import { configOf, settings } from '../tools/stage.ts'

export interface Workshop extends AsyncDisposable {
  at: Scratch
  repo: Repository
  base: string
  /** An attempt of workstream `a` (unrestricted in scope) whose tool is `sh -c script`, in the one slot. */
  job(script: string, more?: Partial<Omit<Job, 'attempt'>>, attempt?: Partial<Attempt>): Job
  /** What the steps told, in order: `prepared`, `launched`. */
  told: string[]
  /** Makes a fifo in the test's folder and gives its path: reading waits until the other side writes. */
  fifo(name: string): string
  /** The content of a file in a commit. */
  show(commit: string, path: string): Promise<string>
}

/** In a repository of its own, unless it is given one, which then stays the caller's. */
export async function workshop(options: ScratchOptions & { at?: Scratch } = {}): Promise<Workshop> {
  await using stack = new AsyncDisposableStack()
  const at = options.at ?? stack.use(await scratch(options))
  const base = await at.git(['rev-parse', 'HEAD'])
  await at.git(['switch', '-q', '-c', 'human'])
  const repo = await openRepository(at.root)
  const slot = slotAt(join(at.dir, 'work'), 'agents', 1)
  const told: string[] = []
  const nonces: string[] = []
  stack.defer(async () => {
    for (const nonce of nonces) {
      await killTree({ nonce, leader: null }, { graceMs: 0 })
      // A shim still writes down how its tool ended.
      while (processTable().some((row) => namesNonce(row, nonce))) await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const owned = stack.move()
  return {
    at,
    repo,
    base,
    told,
    job(script, more = {}, fields = {}) {
      const number = fields.number ?? 1
      const nonce = randomUUID()
      nonces.push(nonce)
      const begun: Partial<Attempt> = {
        base,
        nonce,
        tool: 'script',
        phase: 'preparing',
        startedAt: Date.now(),
        endedAt: null,
      }
      return {
        repo,
        config: configOf(['script'], {}),
        target: 'main',
        identity: { name: 'Agent', email: 'agent@example.org' },
        slot,
        dir: join(at.dir, 'attempts', `a.${number}`),
        tool: commandTool('script', settings({ command: ['sh', '-c', script] })),
        workstream: sampleWorkstream('a', { filesScope: [] }),
        attempt: sampleAttempt('a', number, { ...begun, outcome: null, work: null, changed: [], ...fields }),
        checkpoint: null,
        brief: '# The brief\n',
        sampling: new Sampling(),
        keys: new Keys({ folder: join(at.dir, 'keys'), tools: [], environment: {} }),
        room: new DiskRoom({ ballast: join(at.dir, 'ballast'), disks: () => [], tell: async () => {} }),
        now: Date.now,
        prepared: async () => void told.push('prepared'),
        launched: async () => void told.push('launched'),
        checkpointed: async () => void told.push('checkpointed'),
        resumes: null,
        heard: async (_, lines) => void told.push(...lines),
        ...more,
      }
    },
    fifo(name) {
      const path = join(at.dir, name)
      execFileSync('mkfifo', [path])
      return path
    },
    show: (commit, path) => at.git(['show', `${commit}:${path}`]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Waits until the tool has written to the fifo. */
export async function heard(fifo: string): Promise<void> {
  await readFile(fifo, 'utf8')
}

/** Lets the tool go on that reads from the fifo. */
export async function go(fifo: string): Promise<void> {
  await writeFile(fifo, 'go\n')
}
