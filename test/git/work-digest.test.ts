import { describe, expect, it } from 'vitest'
import { treeChanges } from '../../src/git/tree-changes.ts'
import { workDigest } from '../../src/git/work-digest.ts'
import { room } from './room.ts'

const digestOf = async (repo: { gitDir: string }, base: string, work: string): Promise<string> =>
  workDigest(await treeChanges(repo.gitDir, base, work))

describe('the digest of work', () => {
  it('is the same for the same content of the same files, from another base and by other commits', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', 'b.txt': 'b\n' } })
    const commit = async (path: string, text: string, message: string): Promise<string> => {
      await r.at.write(path, text)
      return await r.at.commit(message)
    }
    const start = await r.at.git(['rev-parse', 'HEAD'])
    const one = await commit('a.txt', 'changed\n', 'one')
    const other = await commit('a.txt', 'otherwise\n', 'other')
    const back = await commit('a.txt', 'changed\n', 'back again')
    expect(await digestOf(r.repo, start, back)).toBe(await digestOf(r.repo, start, one))
    expect(await digestOf(r.repo, start, other)).not.toBe(await digestOf(r.repo, start, one))
    // The base has moved on elsewhere, and in the file itself.
    const moved = await commit('b.txt', 'moved\n', 'moved')
    const away = await commit('a.txt', 'away\n', 'away')
    const again = await commit('a.txt', 'changed\n', 'again')
    expect(await digestOf(r.repo, moved, again)).not.toBe(await digestOf(r.repo, start, one))
    expect(await digestOf(r.repo, away, again)).toBe(await digestOf(r.repo, start, one))
  })

  it('tells a file from the same content under another name, and a mode from another', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n' } })
    const start = await r.at.git(['rev-parse', 'HEAD'])
    await r.at.write('x.txt', 'new\n')
    const x = await r.at.commit('x')
    await r.at.git(['reset', '-q', '--hard', start])
    await r.at.write('y.txt', 'new\n')
    const y = await r.at.commit('y')
    await r.at.git(['update-index', '--chmod=+x', 'y.txt'])
    await r.at.git(['commit', '-q', '-m', 'mode'])
    const digests = [x, y, await r.at.git(['rev-parse', 'HEAD'])].map((work) => digestOf(r.repo, start, work))
    expect(new Set(await Promise.all(digests))).toHaveProperty('size', 3)
  })
})
