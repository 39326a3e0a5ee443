/** A reminder in words: as loud as the question, and an error with every way out when the time is over. */
import { expect, it } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import { createTeller } from '../../src/observe/tell.ts'
import { codesOf } from '../../src/playbook/evidence.ts'

const reminded = (more: { escalates: boolean; blocks: number }): Event => {
  const body = { type: 'person.reminded', ms: 5_400_000, brief: '/r/.sluice/brief.md', ...more } as const
  return { ...body, seq: 1, at: 0, run: 'r', workstream: 'ws-7', attempt: 2 }
}

it('says how long, what waits for it, where the brief is and what to type', () => {
  const event = reminded({ escalates: false, blocks: 2 })
  expect(createTeller()(event)).toMatchObject({
    level: 'warning',
    subject: 'ws-7',
    text: 'still waits for you, for 1h30; 2 workstreams cannot go on without it',
    detail: ['brief   /r/.sluice/brief.md', 'next    sluice open ws-7, then sluice submit ws-7'],
  })
  expect(codesOf(event)).toEqual([])
})

it('is an error once it escalates, and evidence for its code', () => {
  const event = reminded({ escalates: true, blocks: 0 })
  const { level, text, detail } = createTeller()(event)
  expect([level, text]).toEqual(['error', 'E203 nobody has handed it in for 1h30'])
  expect(detail.at(-1)).toBe('or      sluice retry ws-7 --tool NAME, or sluice skip ws-7 --satisfy')
  expect(codesOf(event)).toEqual(['E203'])
})
