/** Notes as git itself reads and writes them. */
import { describe, expect, it } from 'vitest'
import { NOTES, writeNotes } from '../../src/git/notes.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { PERSON } from './room.ts'

async function commits(at: Scratch, n: number): Promise<string[]> {
  const made: string[] = []
  for (let i = 0; i < n; i++) made.push(await at.git(['commit-tree', '-m', `commit ${i}`, 'HEAD^{tree}']))
  return made
}

const show = (at: Scratch, commit: string): Promise<string> => at.git(['notes', '--ref=sluice', 'show', commit])

function note(repo: Repository, commit: string, text: string): Promise<void> {
  return writeNotes(repo, [{ commit, text }], { author: PERSON, dateSeconds: 1_700_000_000 })
}

describe.each(['sha1', 'sha256'] as const)('notes in a repository of %s', (objectFormat) => {
  it('are shown by git, each its own, also those that git has written', async () => {
    await using at = await scratch({ objectFormat })
    const repo = await openRepository(at.root)
    const config = await at.git(['config', '--local', '--list'])
    const [first, second, third] = await commits(at, 3)
    await note(repo, first!, 'one\nof first\n')
    await at.git(['notes', '--ref=sluice', 'add', '-m', 'by git', second!])
    await note(repo, third!, 'of third\n')
    expect(await show(at, first!)).toBe('one\nof first')
    expect(await show(at, second!)).toBe('by git')
    expect(await show(at, third!)).toBe('of third')
    expect(await at.git(['config', '--local', '--list'])).toBe(config)
    expect(await at.git(['status', '--porcelain'])).toBe('')
  })
})

describe('a note', () => {
  it('takes the place of an earlier one, and is written once when it is the same', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const [commit] = await commits(at, 1)
    await at.git(['notes', '--ref=sluice', 'add', '-m', 'by git', commit!])
    await note(repo, commit!, 'new\n')
    expect(await show(at, commit!)).toBe('new')
    const tip = await at.git(['rev-parse', NOTES])
    await note(repo, commit!, 'new\n')
    expect(await at.git(['rev-parse', NOTES])).toBe(tip)
  })

  it('is one of many in a commit, beside those that were there', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const all = await commits(at, 40)
    await note(repo, all[0]!, 'was there\n')
    const notes = all.slice(1).map((commit) => ({ commit, text: `of ${commit}\n` }))
    await writeNotes(repo, notes, { author: PERSON, dateSeconds: 1_700_000_000 })
    expect(await show(at, all[0]!)).toBe('was there')
    for (const { commit, text } of notes) expect(await show(at, commit)).toBe(text.trim())
    expect(await at.git(['log', '--format=%s', NOTES])).toBe(`Notes on 39 commits\nNote on ${all[0]}`)
    expect(await at.git(['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('of many at once is lost by none', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const all = await commits(at, 6)
    await Promise.all(all.map((commit) => note(repo, commit, `${commit}\n`)))
    for (const commit of all) expect(await show(at, commit)).toBe(commit)
  })
})
