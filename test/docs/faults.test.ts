/** docs/faults.md is true: every fault has one test of its number, in the file that its row names, or says what it waits for. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** As many as there are. */
const FAULTS = 58

/** Of these nothing is here yet that could fail: they come with what they are about. */
const LATER: Readonly<Record<number, string>> = {
  46: 'model servers',
  47: 'model servers',
  52: 'the page',
  53: 'the page',
}

interface Row {
  fault: number
  holds: string
  /** Below the root; null: there is no test yet. */
  file: string | null
}

const rows: Row[] = readFileSync(join(ROOT, 'docs/faults.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, fault, , holds, cause] = line.split(/ *\| */)
    if (!/^\d+$/.test(fault ?? '')) return []
    return [{ fault: Number(fault), holds: holds!, file: /\]\(\.\.\/([^)]+)\)$/.exec(cause!)?.[1] ?? null }]
  })

/** The name of a test, or of the group of it, in a source. */
const named = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/['"`]fault (\d+): /g)].map(([, fault]) => ({ fault: Number(fault), file }))
})

describe('the list of faults', () => {
  it('has every fault, once and in order', () => {
    expect(rows.map(({ fault }) => fault)).toEqual(Array.from({ length: FAULTS }, (_, index) => index + 1))
  })

  it('names for each the one test that causes it', () => {
    const listed = rows.flatMap(({ fault, file }) => (file === null ? [] : [{ fault, file }]))
    expect(named.toSorted((a, b) => a.fault - b.fault)).toEqual(listed)
  })

  it('says of the others what they come with', () => {
    const later = rows.filter(({ file }) => file === null).map(({ fault, holds }) => [String(fault), holds])
    expect(Object.fromEntries(later)).toEqual(
      Object.fromEntries(Object.entries(LATER).map(([fault, subject]) => [fault, `later: ${subject}`])),
    )
  })
})
