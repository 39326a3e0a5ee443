/** docs/playbooks/ is what the modules say: nobody has edited a page, and no page is missing or left over. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { playbookPages } from '../../scripts/playbooks.ts'

const FOLDER = join(import.meta.dirname, '../../docs/playbooks')

it('the pages of the playbooks are those that `npm run playbooks` writes', () => {
  const written = Object.fromEntries(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]))
  expect(written).toEqual(Object.fromEntries(playbookPages()))
})
