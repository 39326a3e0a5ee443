/** What people must not notice: I4, I10 and I13. */
import { filesBelow } from '../../aftermath.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Evidence } from './evidence.ts'
import { type Untouched, untouchedOf } from './untouched.ts'

/**
 * The user's files, refs and configuration are untouched, but for the target's fast-forward and `ws/*`. Compares everything of
 * `untouched.ts` with what it was before. It fails when an edit, the stash, a branch or the index goes another way.
 */
export async function I4({ stage, untouched }: Evidence): Promise<string[]> {
  const now = await untouchedOf(stage)
  return (Object.keys(untouched) as (keyof Untouched)[]).flatMap((what) =>
    now[what] === untouched[what] ? [] : [`${what} was ${untouched[what]} and is ${now[what]}`],
  )
}

/**
 * No secret leaves. One is in the environment of every command and is printed by tools; it is looked for in the logs, in the
 * store, in briefs, in every object of the repository, in all that was printed and in the arguments of processes. The one place
 * where it may be is what the tool itself has printed, in its folder.
 */
export async function I10({ stage, logs, rows, printed, checkOutputs }: Evidence): Promise<string[]> {
  const { secret } = stage
  const objects = await stage.git('cat-file', '--batch-all-objects', '--batch', '--buffer')
  const briefs = filesBelow(join(stage.repo, '.sluice', 'runs')).filter((path) => !path.endsWith('/out.log'))
  const places: [name: string, texts: string[]][] = [
    ['a log', [...logs.values()]],
    ['the store', [rows.text]],
    ['an object of the repository', [objects]],
    ['what was printed', [...printed]],
    ['the output of a check', checkOutputs.map(({ text }) => text)],
    ...briefs.map((path): [string, string[]] => [path, [readFileSync(path, 'utf8')]]),
  ]
  return places.flatMap(([name, texts]) =>
    texts.some((text) => text.includes(secret)) ? [`a secret is in ${name}`] : [],
  )
}

/** No signal to a process that is not ours. Reads the notes of the bystander. */
export function I13({ stage }: Evidence): string[] {
  return stage.bystander.noticed().map((what) => `somebody else's process: ${what}`)
}
