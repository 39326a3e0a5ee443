/** The guide to fallbacks shows what the tools and the policy are; its commands and links are tried in `pages.test.ts`. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FALLBACK_GUIDE, withGenerated } from '../../scripts/fallback-guide.ts'

const page = readFileSync(FALLBACK_GUIDE, 'utf8')

it('the generated parts of the guide to fallbacks are those that `npm run playbooks` writes', async () => {
  expect(page).toBe(await withGenerated(page))
})

it('the guide has a section for each part of a fallback', () => {
  const titles = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
  expect(titles).toEqual([
    'Detection',
    'What each tool can do',
    'The decision tree',
    'Switching',
    'When it comes down to you',
    'Override',
  ])
})
