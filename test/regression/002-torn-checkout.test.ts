/**
 * A start was refused because of the lock that a move of ours had left in the checkout (another git command in progress), and
 * so never came to completing that move: found by the crash fuzz, with a checkout that takes its time.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planned } from '../kit/plan.ts'

it('a move that was cut off is completed by the next run, although its lock is still there', async () => {
  await using repo = await planned()
  const before = await repo.git(['rev-parse', 'main'])
  await repo.git(['switch', '-q', '--detach'])
  await repo.write('landed.txt', 'by somebody\n')
  const after = await repo.commit('landed')
  await repo.git(['switch', '-q', 'main'])
  const plan = { before, after, path: repo.root, gitDir: join(repo.root, '.git'), absent: [] }
  await mkdir(join(repo.root, '.sluice'))
  await repo.write('.sluice/publish.json', JSON.stringify({ target: 'main', plan }))
  await writeFile(join(repo.root, '.git/index.lock'), '')

  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 0 })

  expect(await repo.read('landed.txt')).toBe('by somebody\n')
  expect(await repo.git(['rev-parse', 'main^'])).toBe(after)
  expect(await repo.git(['status', '--porcelain'])).toBe('')
})

it('the lock of somebody else still stands against a run', async () => {
  await using repo = await planned()
  await writeFile(join(repo.root, '.git/index.lock'), '')
  const { exit, stderr } = await repo.sluice('run', '--no-input')
  expect({ exit, stderr }).toMatchObject({ exit: 5, stderr: expect.stringContaining('index.lock') as string })
})
