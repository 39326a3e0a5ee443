/**
 * What is in the files of the simulated repository, and when that is red. A workstream has a file of its own and perhaps a
 * share in one that others change too; words in them say what is wrong. Everything here is the world's own truth: it knows
 * nothing of what Sluice thinks.
 */
import type { Tree } from './world/commits.ts'
import type { FateKind } from './world/tools.ts'

export const ownFile = (id: string): string => `work/${id}.txt`
export const sharedFile = (place: number): string => `shared/${place}.txt`

/** In nobody's scope. */
const ELSEWHERE = 'elsewhere.txt'

const RED = 'breaks the gate'
const UNTESTED = 'fails its own tests'
const RED_AT_THE_END = 'breaks what is checked at the end'

export interface Pair {
  a: string
  b: string
}

/** Why the gate is red on these files, or null. */
export function whyRed(files: Tree, clashes: readonly Pair[]): string | null {
  for (const [path, text] of files) {
    if (text.includes(RED)) return `${path} ${RED}`
    if (text.includes('<<<<<<<')) return `${path} has markers`
  }
  const clash = clashes.find(({ a, b }) => {
    const [one, other] = [files.get(ownFile(a)), files.get(ownFile(b))]
    return a !== b && isFirst(one) && isFirst(other)
  })
  return clash === undefined ? null : `${clash.a} and ${clash.b} do not work together`
}

/** Made by a first attempt, which knew nothing of the others. */
function isFirst(text: string | undefined): boolean {
  return text?.includes('attempt 1\n') ?? false
}

export function whyUntested(files: Tree, id: string): string | null {
  return files.get(ownFile(id))?.includes(UNTESTED) ? `${id} ${UNTESTED}` : null
}

export function whyRedAtTheEnd(files: Tree): string | null {
  for (const [path, text] of files) if (text.includes(RED_AT_THE_END)) return `${path} ${RED_AT_THE_END}`
  return null
}

interface Making {
  id: string
  attempt: number
  shared: number | null
  kind: FateKind
}

/** What a tool makes of the files that it finds. */
export function work(files: Map<string, string>, { id, attempt, shared, kind }: Making): void {
  const faults: Partial<Record<FateKind, string>> = {
    'breaks the gate': RED,
    'fails its tests': UNTESTED,
    'breaks the end': RED_AT_THE_END,
  }
  const fault = faults[kind]
  files.set(ownFile(id), `${id}\nattempt ${attempt}\n${fault === undefined ? '' : `${fault}\n`}`)
  for (const [path, text] of files) if (text.includes('<<<<<<<')) files.set(path, bothSides(text))
  if (shared !== null) {
    const path = sharedFile(shared)
    const others = (files.get(path) ?? '').split('\n').filter((line) => line !== '' && !line.startsWith(`${id} `))
    files.set(path, [...others, `${id} attempt ${attempt}`, ''].join('\n'))
  }
  if (kind === 'markers') files.set(ownFile(id), `<<<<<<< ours\n${id}\n=======\n>>>>>>> theirs\n`)
  if (kind === 'out of scope') files.set(ELSEWHERE, `${id} attempt ${attempt}\n`)
  // It is told what was wrong with its last try.
  else if (files.get(ELSEWHERE)?.startsWith(`${id} `)) files.delete(ELSEWHERE)
}

/** Half of it, of a tool that comes no further. */
export function halfOf(files: Map<string, string>, { id, attempt }: Pick<Making, 'id' | 'attempt'>): void {
  files.set(ownFile(id), `${id}\nhalf of attempt ${attempt}\n`)
}

/** A conflict settled so that no line of either side is lost. */
export function bothSides(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !/^(<<<<<<<|=======|>>>>>>>)/.test(line))
  return [...new Set(lines), ''].join('\n')
}

/** Without all that is red, for a person who puts the target right. */
export function mended(files: Tree): Map<string, string> {
  const faults = [RED, RED_AT_THE_END]
  return new Map(
    [...files].map(([path, text]) => [
      path,
      text
        .split('\n')
        .filter((line) => !faults.includes(line))
        .join('\n'),
    ]),
  )
}
