import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { configValue, cQuoted, hubConfig, readHubInputs, withoutCredentials } from '../../src/git/template.ts'
import { scratch } from '../kit/repository.ts'
import { PERSON } from './room.ts'

describe('quoting', () => {
  it.each(['plain', 'with "quotes"', 'back\\slash', 'new\nline', 'tab\there', '# ; hash', ' spaces '])(
    'git reads the value %j back',
    async (value) => {
      await using at = await scratch()
      await writeFile(join(at.dir, 'config'), `[user]\n\tname = ${configValue(value)}\n`)
      expect(await at.git(['config', '-f', join(at.dir, 'config'), 'user.name'])).toBe(value)
    },
  )

  it('quotes a path in a list only where it must', () => {
    expect(cQuoted('/plain path/ü#')).toBe('/plain path/ü#')
    expect(cQuoted('/new\nline"\\')).toBe('"/new\\nline\\"\\\\"')
  })
})

describe('withoutCredentials', () => {
  it.each([
    ['https://user:secret@example.org/x.git', 'https://example.org/x.git'],
    ['https://token@example.org/x.git', 'https://example.org/x.git'],
    ['ssh://git:secret@example.org/x.git', 'ssh://git@example.org/x.git'],
    ['git@example.org:x.git', 'git@example.org:x.git'],
    ['/srv/a@b/x.git', '/srv/a@b/x.git'],
  ])('%s', (url, clean) => {
    expect(withoutCredentials(url)).toBe(clean)
  })
})

describe('hub inputs', () => {
  it('follow alternates to the end, relative and quoted ones too', async () => {
    await using at = await scratch({ name: 'far' })
    const near = join(at.dir, 'near')
    const nearer = join(at.dir, 'nearer')
    await at.git(['clone', '-q', '--shared', at.root, near])
    await at.git(['clone', '-q', '--shared', near, nearer])
    await writeFile(join(near, '.git/objects/info/alternates'), '# comment\n../../../far/.git/objects\n')
    await writeFile(join(nearer, '.git/objects/info/alternates'), `"${near}/.git/objects"\n`)
    const { alternates } = await readHubInputs(await openRepository(nearer))
    expect(alternates.split('\n')).toEqual([
      `${nearer}/.git/objects`,
      `${near}/.git/objects`,
      `${at.root}/.git/objects`,
      '',
    ])
  })

  it('take the remote without its password and the ignore rules of user and repository', async () => {
    await using at = await scratch()
    await at.git(['remote', 'add', 'origin', 'https://me:secret@example.org/x.git'])
    await at.write('.git/info/exclude', '*.repo\n')
    await at.write(join(at.dir, 'mine'), '*.user')
    await at.git(['config', 'core.excludesFile', join(at.dir, 'mine')])
    const inputs = await readHubInputs(await openRepository(at.root))
    expect(inputs.origin).toBe('https://example.org/x.git')
    expect(inputs.exclude).toBe('*.user\n*.repo\n\n')
    expect(hubConfig('/hub', PERSON, inputs.origin, false)).not.toContain('secret')
  })
})
