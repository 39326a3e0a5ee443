/**
 * What a tool unpacks at its first start and then runs (copilot: 235 MB of programs), made once for all slots. What one agent
 * can write no other one may run, so it is filled by the program itself before any agent is there: with an empty home, no key
 * and nothing of the repository. The box then shows it, to be read only. Without a box nothing would keep an agent
 * from writing there, and each slot unpacks its own, as it does where filling fails.
 */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Repository } from '../git/repository.ts'
import { scratchFolder } from '../git/scratch-folder.ts'
import type { Slot } from '../git/slot.ts'
import { allowedEnvironment } from '../process/environment.ts'
import type { SharedCache } from '../tools/tool.ts'

/** Unpacking takes some three seconds, and several times as long on a busy machine. */
const FILL_MS_MAX = 120_000

/** By folder: once in a process, so that a newer version of the program is unpacked too. */
const filled = new Map<string, Promise<boolean>>()

/** The folder of a tool's cache beside the slots, filled; null: there is none, and the slot's own has to do. */
export async function sharedCache(
  repo: Pick<Repository, 'gitDir'>,
  slot: Slot,
  tool: string,
  cache: SharedCache | undefined,
): Promise<string | null> {
  if (cache === undefined) return null
  // Slots are at <work>/agents/agent-N.
  const folder = join(dirname(dirname(slot.dir)), 'shared', tool)
  const filling = filled.get(folder) ?? fill(repo, cache, folder)
  filled.set(folder, filling)
  if (await filling) return folder
  filled.delete(folder)
  return null
}

async function fill(
  repo: Pick<Repository, 'gitDir'>,
  { variable, argv }: SharedCache,
  folder: string,
): Promise<boolean> {
  await using home = await scratchFolder(repo)
  mkdirSync(folder, { recursive: true })
  const set = { HOME: home.path, TMPDIR: home.path, [variable]: folder }
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: home.path,
    env: allowedEnvironment(process.env, { pass: [], set }),
    stdio: 'ignore',
    timeout: FILL_MS_MAX,
    killSignal: 'SIGKILL',
  })
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('error', () => resolve(null))
  child.once('exit', resolve)
  return (await promise) === 0
}
