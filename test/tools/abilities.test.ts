/** The matrix of abilities has a place for each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { asksModel, COLUMNS } from '../../src/tools/abilities.ts'
import type { Ability } from '../../src/tools/tool.ts'

const SEAM = readFileSync(join(import.meta.dirname, '../../src/tools/tool.ts'), 'utf8')
const names = [
  ...SEAM.slice(SEAM.indexOf('export type Ability'))
    .split('\n\n')[0]!
    .matchAll(/\| '([a-z-]+)'/g),
]
const all = names.map(([, name]) => name as Ability)

it('shows every ability in one column', () => {
  expect(all).toContain('unattended')
  for (const ability of all) {
    const shown = COLUMNS.filter(({ cell }) => cell([ability]) !== '-').map(({ heading }) => heading)
    expect([ability, shown.length]).toEqual([ability, 1])
  }
  expect(COLUMNS.map(({ cell }) => cell([]))).toEqual(COLUMNS.map(() => '-'))
})

it('takes for an agent what has something to do with a model', () => {
  expect(asksModel({ abilities: ['unattended', 'prompt-stdin', 'usage'] })).toBe(true)
  expect(asksModel({ abilities: ['unattended', 'prompt-file'] })).toBe(false)
})
