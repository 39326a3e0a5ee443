/** Programs that a tool unpacks: once for all slots, by nobody but the program, and each slot its own where that fails. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sharedCache } from '../../src/attempt/shared-cache.ts'
import { slotAt } from '../../src/git/slot.ts'
import { scene } from '../process/scene.ts'
import { writeProgram } from '../tools/stage.ts'

const UNPACK = `#!/bin/sh
[ "$1" = --version ] || exit 1
echo once >> "$CACHE/told"
printf '%s\\n' "$HOME" "$PWD" "$SECRET_KEY" > "$CACHE/saw"
`

it('is filled once, with an empty home and no key', async () => {
  await using s = await scene()
  mkdirSync(s.at('bin'))
  const program = writeProgram(s.at('bin'), 'tool', UNPACK)
  const cache = { variable: 'CACHE', argv: [program, '--version'] }
  process.env['SECRET_KEY'] = 'sk-1'
  try {
    const found = await Promise.all(
      [1, 2, 3].map((number) => sharedCache({ gitDir: s.dir }, slotAt(s.at('work'), 'agents', number), 'tool', cache)),
    )
    expect(new Set(found)).toEqual(new Set([join(s.at('work'), 'shared', 'tool')]))
  } finally {
    delete process.env['SECRET_KEY']
  }
  const folder = join(s.at('work'), 'shared', 'tool')
  expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('once\n')
  const [home, where, key] = readFileSync(join(folder, 'saw'), 'utf8').split('\n')
  expect([home === process.env['HOME'], home === where, key]).toEqual([false, true, ''])
  // Its home is gone again.
  expect(() => readdirSync(home!)).toThrow('ENOENT')
})

it('is not there when the program fails, is missing, or unpacks nothing', async () => {
  await using s = await scene()
  mkdirSync(s.at('bin'))
  const program = writeProgram(s.at('bin'), 'tool', UNPACK)
  const slot = slotAt(s.at('work'), 'agents', 1)
  const at = (...argv: string[]) => ({ variable: 'CACHE', argv })
  expect(await sharedCache({ gitDir: s.dir }, slot, 'tool', at(program))).toBeNull()
  expect(await sharedCache({ gitDir: s.dir }, slot, 'tool', at(s.at('none'), '--version'))).toBeNull()
  expect(await sharedCache({ gitDir: s.dir }, slot, 'tool', undefined)).toBeNull()
  // Another time it is tried again.
  expect(await sharedCache({ gitDir: s.dir }, slot, 'tool', at(program, '--version'))).not.toBeNull()
})
