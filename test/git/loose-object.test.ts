/** Objects that are written without git are the ones that git would have written, byte for byte. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isLeftOver } from '../../scripts/aftermath.ts'
import { writeBlob } from '../../src/git/blob.ts'
import { removeHalfWrittenObjects } from '../../src/git/loose-object.ts'
import { commitTree, type Person } from '../../src/git/merge.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { PERSON } from './room.ts'

const DATE = 1_700_000_000

const fed = (at: Scratch, args: string[], input: string | Buffer, env: Record<string, string> = {}): string =>
  execFileSync('git', args, { cwd: at.root, env: { ...at.env, ...env }, input, encoding: 'utf8' }).trim()

/** What git makes of the same commit. */
function gitCommit(at: Scratch, tree: string, parents: string[], message: string, by: Person): string {
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, by.name],
      [`GIT_${who}_EMAIL`, by.email],
      [`GIT_${who}_DATE`, `@${DATE} +0000`],
    ]),
  )
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
  return fed(at, args, message, env)
}

const looseFiles = (repo: Repository): string[] =>
  readdirSync(repo.objects, { recursive: true, encoding: 'utf8' }).filter((path) => /^[0-9a-f]{2}\//.test(path))

describe('a commit', () => {
  it.each([
    ['an ordinary one', PERSON, 'subject\n\nbody\n'],
    ['without a line end', PERSON, 'subject'],
    ['without a message', PERSON, ''],
    ['of letters beyond ASCII', { name: 'Zoë Łuk 漢', email: 'zoë@example.org' }, 'naïve ✓\n'],
    ['of somebody whose name ends in a dot', { name: ' Jr. ', email: 'jr@example.org' }, 'subject\n'],
    ['of somebody with marks in the name', { name: 'A <b> "c"', email: '<a@example.org>' }, 'subject\n'],
  ])('%s has the id that git gives it', async (_, by, message) => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const [head, tree] = (await at.git(['rev-parse', 'HEAD', 'HEAD^{tree}'])).split('\n')
    for (const parents of [[], [head!], [head!, gitCommit(at, tree!, [head!], 'other\n', PERSON)]]) {
      const commit = { tree: tree!, parents, message, author: by, committer: by, dateSeconds: DATE }
      const id = await commitTree(repo, commit)
      expect(id).toBe(gitCommit(at, tree!, parents, message, by))
    }
    await at.git(['fsck', '--strict'])
  })
})

describe('an object', () => {
  it('is readable by git, and by nobody writable', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const content = Buffer.from([0, 1, 2, 255])
    const id = await writeBlob(repo, content)
    expect(await at.git(['cat-file', '-t', id])).toBe('blob')
    expect(fed(at, ['hash-object', '--stdin'], content)).toBe(id)
    const path = join(repo.objects, id.slice(0, 2), id.slice(2))
    expect(statSync(path).mode & 0o777).toBe(0o444)
    expect(looseFiles(repo).filter((name) => name.includes('_obj_'))).toEqual([])
  })

  it('that is there already is young again, so that no `git gc` takes it', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const id = await writeBlob(repo, 'text')
    const path = join(repo.objects, id.slice(0, 2), id.slice(2))
    utimesSync(path, 0, 0)
    expect(await writeBlob(repo, 'text')).toBe(id)
    expect(statSync(path).mtimeMs).toBeGreaterThan(DATE * 1000)
  })

  it('that a killed writer had begun is removed by the next one who begins, and nobody else takes it for one', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const gone = spawnSync('true').pid
    const [left, ours] = [gone, process.pid].map((pid) => join(repo.objects, `sluice_obj_${pid}_0`))
    for (const path of [left!, ours!]) writeFileSync(path, 'half an obj')
    expect(isLeftOver(left!)).toBe(true)
    await at.git(['fsck', '--strict'])
    await removeHalfWrittenObjects(repo.objects)
    expect([existsSync(left!), existsSync(ours!)]).toEqual([false, true])
  })

  it('is written whatever `git gc --prune=now` sweeps meanwhile', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const written = new AbortController()
    const writing = async () => {
      try {
        for (let i = 0; i < 400; i++) await writeBlob(repo, `text ${i}`)
      } finally {
        written.abort()
      }
    }
    let pruned = 0
    const pruning = async () => {
      for (; !written.signal.aborted; pruned++) await at.git(['prune', '--expire=now'])
    }
    await Promise.all([writing(), pruning()])
    expect(pruned).toBeGreaterThan(0)
    expect(readdirSync(repo.objects).filter((name) => name.includes('_obj_'))).toEqual([])
  })

  it('in a repository that several share is left to git, which knows its modes', async () => {
    await using at = await scratch()
    await at.git(['config', 'core.sharedRepository', 'group'])
    const repo = await openRepository(at.root)
    chmodSync(repo.objects, 0o2775)
    const id = await writeBlob(repo, 'text')
    expect(statSync(join(repo.objects, id.slice(0, 2))).mode & 0o020).toBe(0o020)
  })
})
