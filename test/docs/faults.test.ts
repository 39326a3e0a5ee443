/** docs/faults.md is true: every fault has one test of its number, in the file that its row names, or says what it waits for. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CELLS } from '../tools/real/cells.ts'

const ROOT = join(import.meta.dirname, '../..')

/** As many as there are. */
const FAULTS = 58

/** Of these nothing is here yet that could fail: they come with what they are about. */
const LATER: Readonly<Record<number, string>> = {
  52: 'the page',
  53: 'the page',
}

/** These are done to the real agents, each as cells of the matrix (`npm run test:tools`). */
const CELLS_OF: Readonly<Record<number, readonly string[]>> = {
  46: ['model hangs'],
  47: ['one 429, retry after 2 s', '503 for ever'],
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
    const own = rows.filter(({ fault }) => !(fault in CELLS_OF))
    const listed = own.flatMap(({ fault, file }) => (file === null ? [] : [{ fault, file }]))
    expect(named.toSorted((a, b) => a.fault - b.fault)).toEqual(listed)
  })

  it('names for each of model services the cells of the matrix that cause it', () => {
    const cells = CELLS.map(({ name }) => name)
    for (const [fault, names] of Object.entries(CELLS_OF)) {
      expect(cells).toEqual(expect.arrayContaining([...names]))
      expect(rows[Number(fault) - 1]!.file).toBe('test/tools/real/cells.ts')
    }
  })

  it('says of the others what they come with', () => {
    const later = rows.filter(({ file }) => file === null).map(({ fault, holds }) => [String(fault), holds])
    expect(Object.fromEntries(later)).toEqual(
      Object.fromEntries(Object.entries(LATER).map(([fault, subject]) => [fault, `later: ${subject}`])),
    )
  })
})
