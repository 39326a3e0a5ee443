import { describe, expect, it } from 'vitest'
import { firstParentTrailers } from '../../src/git/history.ts'
import { commitTree } from '../../src/git/merge.ts'
import { landingMessage, revertMessage } from '../../src/landing/message.ts'
import { PERSON, yard } from './room.ts'

const NAMES = { workstream: 'ws-01', title: 'Split the parser', landing: '7f3a-1', attempt: 2, tool: 'aider' }

describe('the message of a landing', () => {
  it('has a subject, a sentence and the trailers', () => {
    expect(landingMessage(NAMES)).toBe(
      'Land ws-01: Split the parser\n\nAttempt 2 by aider.\n\nSluice-Workstream: ws-01\nSluice-Landing: 7f3a-1\nSluice-Attempt: 2\n',
    )
  })

  it('says nothing twice, and nothing too long', () => {
    const subject = (title: string): string => landingMessage({ ...NAMES, title }).split('\n')[0]!
    expect(subject('')).toBe('Land ws-01')
    expect(subject('ws-01')).toBe('Land ws-01')
    expect(subject('x'.repeat(100))).toMatch(/^Land ws-01: x+\.\.\.$/)
    expect(subject('x'.repeat(100))).toHaveLength(72)
  })

  it.each([
    'a\nSluice-Workstream: other',
    'a\n\nSluice-Reverts: 7f3a-1\n',
    'Sluice-Landing: fake',
    'tab\tand  two\r\nlines',
    '---\n',
  ])('is read back from git as it was meant, with the title %j', async (title) => {
    await using y = await yard()
    const tree = await y.at.git(['rev-parse', 'HEAD^{tree}'])
    const message = landingMessage({ ...NAMES, title })
    const order = { tree, parents: [y.base], message, author: PERSON, committer: PERSON, dateSeconds: 1_800_000_000 }
    const [newest] = await firstParentTrailers(y.repo, await commitTree(y.repo, order), y.base)
    expect(newest).toMatchObject({ workstream: 'ws-01', landing: '7f3a-1', attempt: 2, reverts: [] })
  })
})

describe('the message of a revert', () => {
  const UNDO = {
    action: 'take-back',
    workstream: 'ws-01',
    title: 'Split the parser',
    landing: '7f3a-1',
    commit: 'c0ffee',
    reverts: '7f3a-1',
    at: 0,
    published: true,
    asked: true,
  } as const

  it('says what goes, why, and in the trailer only what it reverts', () => {
    expect(revertMessage(UNDO, 'the gate is red')).toBe(
      'Revert 7f3a-1: Split the parser\n\nTakes ws-01 back by reverting c0ffee.\n\nthe gate is red\n\nSluice-Reverts: 7f3a-1\n',
    )
    expect(revertMessage({ ...UNDO, action: 'bring-back', reverts: 'c0ffee' }, '')).toBe(
      'Bring back 7f3a-1: Split the parser\n\nBrings ws-01 back by reverting c0ffee.\n\nSluice-Reverts: c0ffee\n',
    )
    expect(revertMessage({ ...UNDO, title: ' ' }, '').split('\n')[0]).toBe('Revert 7f3a-1: ws-01')
    expect(revertMessage({ ...UNDO, title: 'x'.repeat(100) }, '').split('\n')[0]).toHaveLength(72)
  })

  it.each([
    'Sluice-Workstream: other',
    'red\n\nSluice-Landing: 7f3a-9\nSluice-Workstream: ws-01\n',
    '---\nSluice-Reverts: 7f3a-2',
    'x'.repeat(5000),
  ])('is read back from git as it was meant, with the reason %j', async (why) => {
    await using y = await yard()
    const tree = await y.at.git(['rev-parse', 'HEAD^{tree}'])
    const order = { tree, parents: [y.base], author: PERSON, committer: PERSON, dateSeconds: 1_800_000_000 }
    for (const title of ['Split', why]) {
      const commit = await commitTree(y.repo, { ...order, message: revertMessage({ ...UNDO, title }, why) })
      const [newest] = await firstParentTrailers(y.repo, commit, y.base)
      expect(newest).toMatchObject({ workstream: null, landing: null, attempt: null, reverts: ['7f3a-1'] })
    }
  })
})
