/** Repositories for benches, made by `git fast-import`: 20,000 files take a second, as commits would not. */
import { execFileSync } from 'node:child_process'
import type { Place } from './place.ts'

/** Path and text of every file of the first commit. */
export type Files = Iterable<readonly [string, string]>

/** One commit on `main`, checked out. */
export function makeRepository(place: Place, files: Files): void {
  place.git('init', '-q', '--initial-branch=main')
  // A collection that git starts in the background would outlive the folder.
  place.git('config', 'gc.auto', '0')
  place.git('config', 'user.name', 'Bench')
  place.git('config', 'user.email', 'bench@example.org')
  const parts = ['commit refs/heads/main\ncommitter Bench <bench@example.org> 1700000000 +0000\n', block('first\n')]
  for (const [path, text] of files) parts.push(`M 100644 inline ${path}\n`, block(text))
  execFileSync('git', ['fast-import', '--quiet'], { cwd: place.repo, env: place.env, input: parts.join('') })
  place.git('reset', '-q', '--hard', 'main')
}

function block(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** Source-like files in a tree like that of a large project: 40 in a folder, folders three deep. */
export function* sourceFiles(count: number): Generator<readonly [string, string]> {
  for (let i = 0; i < count; i++) {
    const folder = Math.floor(i / 40)
    const path = `packages/p${folder % 25}/src/m${folder}/file${i}.ts`
    yield [path, `export const number${i} = ${i}\n`.repeat(20)]
  }
}
