import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { type Boundary, BOUNDARIES, effect, effectNow, ownProcess } from '../../src/process/boundary.ts'

/** What is published while `work` runs, as text. */
async function heard(work: (note: (text: string) => void) => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  const listen = (message: unknown): void => {
    const boundary = message as Boundary
    lines.push(`${boundary.at} ${boundary.effect}`)
  }
  subscribe(BOUNDARIES, listen)
  try {
    await work((text) => lines.push(text))
  } finally {
    unsubscribe(BOUNDARIES, listen)
  }
  return lines
}

describe('boundaries', () => {
  it('lie before and after an effect', async () => {
    const lines = await heard((note) => effect('record', async () => note('it happens')))
    expect(lines).toEqual(['before record', 'it happens', 'done record'])
  })

  it('also where nobody waits', async () => {
    const lines = await heard((note) => Promise.resolve(effectNow('append to a log', () => note('it happens'))))
    expect(lines).toEqual(['before append to a log', 'it happens', 'done append to a log'])
  })

  it('and, where a process of its own does it, between its start and its end', async () => {
    const lines = await heard((note) =>
      ownProcess('git update-ref', async () => {
        note('it starts')
        await Promise.resolve()
        note('it ends')
      }),
    )
    const during = 'under way git update-ref'
    expect(lines).toEqual(['before git update-ref', 'it starts', during, 'it ends', 'done git update-ref'])
  })

  it('are not crossed by what fails, whose failure is passed on', async () => {
    const lines = await heard(async () => {
      await expect(effect('record', () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left')
    })
    expect(lines).toEqual(['before record'])
  })

  it('change nothing where nobody listens', async () => {
    expect(await effect('record', async () => 1)).toBe(1)
    expect(await ownProcess('git gc', async () => 2)).toBe(2)
  })
})
