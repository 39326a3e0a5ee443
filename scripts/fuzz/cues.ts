/**
 * Tools in their boxes see neither the repository nor each other. Those that have to wait until something has happened outside
 * look for a mark, a file in a folder that they may read; here it is put there. Marks are on the stage and go back with it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { filesBelow } from '../aftermath.ts'
import type { Stage } from './stage.ts'

/** Below the stage. */
export const MARKS = 'marks'

export interface Cue {
  mark: string
  hasCome: (stage: Stage) => Promise<boolean>
}

const LOOK_MS = 20

/** Gives the cues until it is disposed. `given` is called after each. */
export function giveCues(stage: Stage, cues: readonly Cue[], given: () => void): AsyncDisposable {
  const folder = join(stage.dir, MARKS)
  mkdirSync(folder, { recursive: true })
  const stop = new AbortController()
  const looking = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const { mark, hasCome } of cues) {
        const file = join(folder, mark)
        if (existsSync(file) || !(await hasCome(stage))) continue
        given()
        writeFileSync(file, '')
      }
      await delay(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  const looked = cues.length === 0 ? Promise.resolve() : looking()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await looked
    },
  }
}

/** A tool was started for this workstream: from now on that attempt comes to an end of its own, whoever is killed. */
export async function hasBegun({ repo }: Stage, id: string): Promise<boolean> {
  return outputsOf(repo).some(({ attempt, text }) => attempt.startsWith(`${id}.`) && text.includes('began'))
}

/** By tip and path: git is asked once. */
const known = new Map<string, Promise<boolean>>()

/** The target has the file of this workstream. */
export async function hasLanded(stage: Stage, id: string): Promise<boolean> {
  const tip = readFileSync(join(stage.repo, '.git', 'refs', 'heads', 'main'), 'utf8').trim()
  const file = `${tip}:${id}.txt`
  const answer =
    known.get(file) ??
    stage.git('cat-file', '-e', file).then(
      () => true,
      () => false,
    )
  known.set(file, answer)
  return await answer
}

/** What every attempt has printed, by the name of its folder. */
export function outputsOf(repo: string): { attempt: string; text: string }[] {
  const runs = join(repo, '.sluice', 'runs')
  const names = existsSync(runs) ? readdirSync(runs) : []
  return names.flatMap((run) => {
    const folder = join(runs, run, 'attempts')
    return (existsSync(folder) ? readdirSync(folder) : []).flatMap((attempt) => {
      const file = join(folder, attempt, 'out.log')
      return existsSync(file) ? [{ attempt, text: readFileSync(file, 'utf8') }] : []
    })
  })
}

/** What every check has printed, the one before the first run too. */
export function checkOutputsOf({ repo, state }: Pick<Stage, 'repo' | 'state'>): { file: string; text: string }[] {
  const files = [...filesBelow(join(repo, '.sluice', 'runs')), ...filesBelow(state)]
  const logs = files.filter((path) => /\/gates\/[^/]+\.log$|\/base-gate\.log$/.test(path))
  return logs.map((file) => ({ file, text: readFileSync(file, 'utf8') }))
}
