import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createJudge, isOurs, type Judge, movesOf, redTargets } from '../../scripts/gate-history.ts'
import { readRef } from '../../src/git/refs.ts'
import { openRepository } from '../../src/git/repository.ts'
import { publish } from '../../src/landing/publish.ts'
import { scratch, type Scratch } from '../kit/repository.ts'
import { assertNeverRed } from '../kit/watch.ts'

/** Moves `main`, which is checked out, to a commit with this file, as a landing does. Gives the commit. */
async function land(at: Scratch, path: string, text: string): Promise<string> {
  const repo = await openRepository(at.root)
  const before = (await readRef(repo, 'refs/heads/main'))!
  await at.git(['switch', '-q', '--detach'])
  await at.write(path, text)
  const after = await at.commit(`land ${path}`)
  await at.git(['switch', '-q', 'main'])
  await publish(repo, 'main', before, after, join(at.dir, 'publish.json'))
  return after
}

function judgeOf(at: Scratch, ...commands: string[]): Judge {
  return createJudge({ commands, env: at.env, folder: at.dir })
}

const NOT_BROKEN = '! grep -qs broken *.txt'

describe('the history of a target', () => {
  it('has every commit that it ever pointed to, though it has moved on', async () => {
    await using at = await scratch()
    const base = await at.git(['rev-parse', 'HEAD'])
    const one = await land(at, 'a.txt', 'one\n')
    const two = await land(at, 'a.txt', 'two\n')
    const moves = movesOf(join(at.root, '.git'), 'main')
    expect(moves.map(({ from, to }) => [from, to])).toEqual([
      [null, base],
      [base, one],
      [one, two],
    ])
    expect(moves.map(isOurs)).toEqual([false, true, true])
  })

  it('is green where the gate passes on each', async () => {
    await using at = await scratch()
    await land(at, 'a.txt', 'sound\n')
    expect(await redTargets(join(at.root, '.git'), 'main', judgeOf(at, NOT_BROKEN), isOurs)).toEqual([])
  })

  it('names a landing that was red, also when the next one has repaired it', async () => {
    await using at = await scratch()
    const red = await land(at, 'a.txt', 'broken\n')
    await land(at, 'a.txt', 'sound\n')
    const found = await redTargets(join(at.root, '.git'), 'main', judgeOf(at, 'true', NOT_BROKEN), isOurs)
    expect(found).toEqual([`main pointed to ${red}, which is red: ${NOT_BROKEN}: exit 1`])
  })

  it('leaves to people what people have pushed', async () => {
    await using at = await scratch()
    await at.write('a.txt', 'broken\n')
    await at.commit('by a person')
    expect(await redTargets(join(at.root, '.git'), 'main', judgeOf(at, NOT_BROKEN), isOurs)).toEqual([])
  })

  it('is looked at when a test ends that runs Sluice', async () => {
    await using at = await scratch()
    const red = await land(at, 'a.txt', 'broken\n')
    await expect(assertNeverRed(at, ['true', { name: 'words', run: NOT_BROKEN }])).rejects.toThrow(red)
    await assertNeverRed(at, ['true'])
    await assertNeverRed(at, undefined)
  })

  it('is gated once for each tree', async () => {
    await using at = await scratch()
    const diary = join(at.dir, 'diary')
    const judge = judgeOf(at, `echo asked >> ${diary}`)
    await land(at, 'a.txt', 'one\n')
    await land(at, 'a.txt', 'two\n')
    await land(at, 'a.txt', 'one\n')
    await redTargets(join(at.root, '.git'), 'main', judge, isOurs)
    expect(await at.read(diary)).toBe('asked\nasked\n')
  })
})
