/**
 * The promises, one function each, by the number that they have in `ARCHITECTURE.md`. They are checked when a case has come to
 * its end, however often it was killed, from what git, the process table, the disk and the store's file say: by none of the code
 * that is under test.
 */
import { type Check, type Evidence, gather } from './evidence.ts'
import { I8, I9 } from './kept.ts'
import { I4, I10, I13 } from './people.ts'
import { I5, I6, I7, I11, I12 } from './running.ts'
import { I1, I2, I3, I14 } from './target.ts'

/** Each gives what breaks the promise, in words; nothing is what is wanted. */
export const INVARIANTS: Readonly<Record<string, (evidence: Evidence) => string[] | Promise<string[]>>> = {
  I1,
  I2,
  I3,
  I4,
  I5,
  I6,
  I7,
  I8,
  I9,
  I10,
  I11,
  I12,
  I13,
  I14,
}

/** Every broken promise in words, with its number. */
export async function violations(check: Check): Promise<string[]> {
  // First of all: what is still at work may change what the others read.
  const found = (await I5(check)).map((one) => `I5 ${one}`)
  const { I5: _, ...others } = INVARIANTS
  const evidence = await gather(check)
  for (const [name, broken] of Object.entries(others)) {
    for (const one of await broken(evidence)) found.push(`${name} ${one}`)
  }
  return found
}
