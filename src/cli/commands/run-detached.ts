/**
 * `sluice run --detach`: the same run in a process of its own that outlives the terminal. What cannot go well is told here,
 * with its exit code, as without `--detach`; once the run is at work the terminal is given back.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EXIT } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { fieldsOf, makeFolder, readJsonFile } from '../../process/files.ts'
import { openStoreIfThere } from '../../store/open.ts'
import type { Session } from '../session.ts'
import { printJson, printLines, terminal } from '../terminal.ts'

const LOOK_MS = 100

/** `argv`: of the command line, without `--detach`. Ends when the run is at work, or with the exit code of one that is not. */
export async function runDetached({ paths }: Session, argv: readonly string[], json: boolean): Promise<number> {
  const isNew = !existsSync(paths.state)
  makeFolder(paths.logs)
  const file = join(paths.logs, 'detached.out')
  // Not `.log`: that is the orchestrator's own telling, these are the lines of a screen that nobody looks at.
  const output = openSync(file, 'w')
  const child = spawn(process.execPath, [process.argv[1]!, ...argv, '--no-input'], {
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? EXIT.failed)))
  for (;;) {
    const first = await Promise.race([ended, delay(LOOK_MS)])
    if (first !== undefined) {
      terminal.err(readFileSync(file, 'utf8'))
      // A first run that comes to nothing leaves no folder behind.
      if (isNew && !existsSync(paths.store)) rmSync(paths.state, { recursive: true, force: true })
      return first
    }
    if ((await holderOf(paths.lock)) === child.pid && (await isBegun(paths.store))) break
  }
  child.unref()
  const run = await newestRun(paths.store)
  if (json) printJson(document('detached', { run, pid: child.pid, output: file }))
  else {
    printLines([
      `run ${run} is at work in the background (process ${child.pid})`,
      'follow it: sluice status, sluice logs -f; end it: sluice cancel --all',
    ])
  }
  return EXIT.ok
}

/** Who says that it holds the lock. */
async function holderOf(lock: string): Promise<number | null> {
  const pid = await readJsonFile(`${lock}.json`, (value) => fieldsOf(value)['pid'])
  return typeof pid === 'number' ? pid : null
}

/** The run has passed its base gate and is on record as being at work. */
async function isBegun(store: string): Promise<boolean> {
  return existsSync(store) && (await newestRun(store, true)) !== null
}

async function newestRun(path: string, atWork = false): Promise<string | null> {
  const store = openStoreIfThere(path)
  try {
    const run = (await store?.latestRun()) ?? null
    return run === null || (atWork && run.exit !== null) ? null : run.id
  } finally {
    await store?.close()
  }
}
