/** Branches made without a checkout, from lists of changes: by hand, or at random with a seed. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scratch } from '../kit/repository.ts'

export type Change =
  | ['write', path: string, text: string]
  | ['delete', path: string]
  | ['move', from: string, to: string]
  | ['link', path: string, to: string]

/** Commits each list of changes on top of HEAD, as a branch of that name; gives the commits in order. */
export async function fastImport(
  at: Scratch,
  branches: Readonly<Record<string, readonly Change[]>>,
): Promise<string[]> {
  const head = await at.git(['rev-parse', 'HEAD'])
  const lines: string[] = []
  for (const [name, changes] of Object.entries(branches)) {
    lines.push(`commit refs/heads/${name}`, 'committer Test <test@example.org> 1700000000 +0000', data(name))
    lines.push(`from ${head}`, ...changes.map(lineOf))
  }
  const script = join(at.dir, 'import')
  await writeFile(script, `${lines.join('\n')}\n`)
  await at.git(['-c', `alias.import=!git fast-import --quiet <'${script}'`, 'import'])
  const names = Object.keys(branches).map((name) => `refs/heads/${name}`)
  return (await at.git(['rev-parse', ...names])).split('\n')
}

function lineOf(change: Change): string {
  switch (change[0]) {
    case 'write':
      return `M 100644 inline ${change[1]}\n${data(change[2])}`
    case 'link':
      return `M 120000 inline ${change[1]}\n${data(change[2])}`
    case 'delete':
      return `D ${change[1]}`
    case 'move':
      return `R ${change[1]} ${change[2]}`
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}

/** Few names, so that branches meet: as a file, as a folder, and below it. */
const NAMES = ['src', 'lib', 'top', 'new', 'src/a.ts', 'src/new', 'lib/c.ts', 'lib/new', 'new/a.ts', 'new/src', 'top/x']

/** `count` branches with one to four changes each, sound ones, of files of `tree` and of others. */
export function randomBranches(
  count: number,
  tree: Readonly<Record<string, string>>,
  seed = 1,
): Record<string, Change[]> {
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!
  const branches: Record<string, Change[]> = {}
  for (let branch = 0; branch < count; branch++) {
    const files = new Map(Object.entries(tree))
    const changes = (branches[`random-${branch}`] = [] as Change[])
    const isFree = (path: string): boolean =>
      [...files.keys()].every((file) => file !== path && !file.startsWith(`${path}/`) && !path.startsWith(`${file}/`))
    for (let left = 1 + random(4); left > 0; left--) {
      const [path, free] = [pick([...files.keys()]), pick(NAMES)]
      const kind = pick(['edit', 'edit', 'add', 'add', 'link', 'delete', 'move', 'move folder'])
      if (kind === 'edit') {
        const lines = files.get(path)!.split('\n')
        lines[random(lines.length)] = `edit ${branch}`
        files.set(path, lines.join('\n'))
        changes.push(['write', path, files.get(path)!])
      } else if (kind === 'delete') {
        files.delete(path)
        changes.push(['delete', path])
        if (files.size === 0) break
      } else if (isFree(free)) {
        if (kind === 'add') {
          files.set(free, `added by ${random(3)}\n`)
          changes.push(['write', free, files.get(free)!])
        } else if (kind === 'link') {
          files.set(free, 'src/a.ts')
          changes.push(['link', free, 'src/a.ts'])
        } else {
          // A file, or the folder that it is in.
          const from = kind === 'move' ? path : path.replace(/\/[^/]*$/, '')
          const moved = [...files].filter(([file]) => file === from || file.startsWith(`${from}/`))
          for (const [file, text] of moved) {
            files.delete(file)
            files.set(free + file.slice(from.length), text)
          }
          changes.push(['move', from, free])
        }
      }
    }
  }
  return branches
}
