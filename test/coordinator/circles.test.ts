/** Workstreams that go round in circles, in whole runs with real work and a real gate. */
import { describe, expect, it } from 'vitest'
import { check, desk, outcomes, stream } from './room.ts'

describe('a workstream that goes round in circles', () => {
  it('E207: back and forth between two pieces of work, is given up at the first return', async () => {
    const flip = 'case $SLUICE_ATTEMPT in *[13579]) echo one > a.txt;; *) echo two > a.txt;; esac'
    await using d = await desk({ script: flip }, { gate: [check('test ! -e a.txt')] })
    await using begun = await d.begin([
      stream('a', { breaker: { attemptsMax: 9, errorRepeatsMax: 9, oscillationsMax: null } }),
    ])
    expect(await begun.run()).toBe(1)
    expect(outcomes(begun, 'a').map(([, kind]) => kind)).toEqual(['red', 'red', 'red'])
    expect(begun.ledger.state('a')).toMatchObject({ state: 'failed', failure: { code: 'E207' } })
    const works = begun.ledger.attempts.get('a')!.map(({ number, work }) => [`refs/sluice/wip/a/${number}`, work])
    for (const [ref, work] of works) expect(await d.at.git(['rev-parse', ref!])).toBe(work)
  })

  it('with the same error again and again, is given up at the third', async () => {
    const fail = 'echo "TypeError: no $SLUICE_ATTEMPT in \\"x\\" at /tmp/$$/a.ts"; exit 1'
    await using d = await desk({ script: fail })
    await using begun = await d.begin([
      stream('a', { breaker: { attemptsMax: 9, errorRepeatsMax: null, oscillationsMax: null } }),
    ])
    expect(await begun.run()).toBe(1)
    expect(outcomes(begun, 'a')).toHaveLength(3)
    expect(begun.ledger.state('a')).toMatchObject({
      failure: { code: 'E602', message: 'the same error 3 times in a row: TypeError: no # in … at …' },
    })
  })
})
