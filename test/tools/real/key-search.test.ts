/** A search that finds nothing proves something only where it would have found it. */
import { expect, it } from 'vitest'
import { scratch } from '../../kit/repository.ts'
import { placesWithKey } from './key-search.ts'

const KEY = 'canary-of-this-test-0123456789'

it('the key is found in files, in their names, in base64 wherever it begins, and nowhere else', async () => {
  await using repo = await scratch()
  await repo.write('clean.txt', 'canary-of-this-test\n')
  await repo.write('plain.log', `Authorization: ${KEY}\n`)
  await repo.write(`${KEY}.txt`, '')
  for (const before of ['', 'a', 'ab', 'user:'])
    await repo.write(`encoded${before.length}`, Buffer.from(`${before}${KEY}@host`).toString('base64'))
  expect(await placesWithKey(repo.root, KEY)).toEqual([
    `${KEY}.txt is named so`,
    'encoded0',
    'encoded1',
    'encoded2',
    'encoded5',
    'plain.log',
  ])
})

it('it is found in a commit that nothing leads to any more, and in a note', async () => {
  await using repo = await scratch()
  await repo.write('config', `key: ${KEY}\n`)
  await repo.commit('with the key')
  await repo.git(['reset', '-q', '--hard', 'HEAD~1'])
  expect(await placesWithKey(repo.dir, KEY)).toEqual(['repo/.git objects'])
  await using other = await scratch()
  await other.git(['notes', 'add', '-m', `it was ${KEY}`])
  expect(await placesWithKey(other.root, KEY)).toEqual(['.git objects'])
})
