/**
 * What agents leave behind, and the right answer: things that git stores without a word and that would break the
 * checkout of everybody who pulls them. Refused before the gate, and the work is kept.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Settled } from '../../src/attempt/settle.ts'
import type { Config } from '../../src/model/config.ts'
import { assertKind } from '../git/room.ts'
import { planned } from '../kit/plan.ts'
import type { Scratch } from '../kit/repository.ts'
import { type Field, field } from './field.ts'

/** Refused with E204, named in the message, pinned with all that is in it. */
async function expectRefused(f: Field, { outcome, work }: Settled, id: string, message: RegExp): Promise<void> {
  expect(outcome).toMatchObject({ kind: 'rejected', code: 'E204' })
  expect(outcome.message).toMatch(message)
  expect(work).not.toBe(null)
  expect(await f.pinned(id)).toBe(work)
  expect(await f.tip()).toBe(f.base)
}

describe.concurrent('names that collide under case folding or unicode', () => {
  it.each([
    ['case, with the base', 'echo x > readme.MD', /README\.md and readme\.MD/],
    ['case, with each other', 'echo x > New && echo y > new', /New and new/],
    ['two folders', 'mkdir Src src && echo x > Src/a && echo y > src/b', /Src and src/],
    ['a file and a folder of the base', 'echo x > DOCS', /DOCS and docs/],
    ['spellings of é', String.raw`echo x > "$(printf 'caf\303\251')"; echo y > "$(printf 'cafe\314\201')"`, /café/],
    ['ß and SS', 'echo x > straße && echo y > STRASSE', /STRASSE and straße/],
  ])('%s: reject', async (_, script, message) => {
    await using f = await field({ 'README.md': 'hello\n', 'docs/a.md': 'a\n' })
    await expectRefused(f, await f.agent('a', script), 'a', message)
  })

  it('of the base are not the doing of the work, and a rename between them is no collision', async () => {
    await using f = await field({ 'README.md': 'hello\n', Twice: 'x\n', twice: 'y\n' })
    expect((await f.agent('a', 'echo x > fresh')).outcome.kind).toBe('ok')
    expect((await f.agent('b', 'git mv README.md readme.md')).outcome.kind).toBe('ok')
  })
})

const LF = `${Array.from({ length: 9 }, (_, n) => `line ${n}`).join('\n')}\n`
const CRLF = LF.replaceAll('\n', '\r\n')
/** Written as it is: `git add` would follow what is declared, `hash-object` does not. */
const TURN = `sed -i 's/$/\\r/; s/line 3/LINE 3/' a.txt`
const COMMIT_RAW = `git update-index --cacheinfo 100644,$(git hash-object -w --no-filters a.txt),a.txt && git commit -qm turned && git checkout -q -f`
const policy = (lineEndings: Config['landing']['lineEndings']) => (config: Config) => ({
  ...config,
  landing: { ...config.landing, lineEndings },
})

describe.concurrent('whole-file CRLF churn', () => {
  it('is detected and rejected', async () => {
    await using f = await field({ 'a.txt': LF })
    await expectRefused(f, await f.agent('a', TURN), 'a', /line ends of a\.txt.*landing\.line_endings/)
  })

  it('is normalised where that is the policy: only what was really changed lands', async () => {
    await using f = await field({ 'a.txt': LF })
    const { outcome, work, reports } = await f.agent('a', TURN, policy('normalise'))
    expect(outcome.kind).toBe('ok')
    expect(reports).toEqual(['line ends put back: a.txt'])
    expect(await f.pinned('a')).toBe(work)
    expect(await f.at.git(['diff', '--numstat', f.base, work!])).toBe('1\t1\ta.txt')
    expect(await f.show(`${work}^`, 'a.txt')).toContain('\r')
  })

  it('is normalised in both directions', async () => {
    await using f = await field({ 'a.txt': CRLF })
    const script = `sed -i 's/\\r//; s/line 3/LINE 3/' a.txt`
    const { work } = await f.agent('a', script, policy('normalise'))
    expect(await f.at.git(['diff', '--numstat', f.base, work!])).toBe('1\t1\ta.txt')
  })

  it('is normalised as .gitattributes of the target declare, whatever the policy, and though the branch takes that out', async () => {
    await using f = await field({ 'a.txt': LF, '.gitattributes': '*.txt text\n' })
    const script = `${TURN} && rm .gitattributes && ${COMMIT_RAW}`
    for (const [id, way] of [
      ['a', 'reject'],
      ['b', 'allow'],
    ] as const) {
      const { outcome, work } = await f.agent(id, script, policy(way))
      expect(outcome.kind).toBe('ok')
      expect(await f.at.git(['diff', '--numstat', f.base, work!, '--', 'a.txt'])).toBe('1\t1\ta.txt')
    }
  })

  it('that puts right what was declared is as it should be', async () => {
    await using f = await field({ 'a.txt': LF }, async ({ at }) => {
      const blob = await at.git([
        'hash-object',
        '-w',
        '--no-filters',
        (await at.write(`${at.dir}/crlf`, CRLF), `${at.dir}/crlf`),
      ])
      await at.write('.gitattributes', '*.txt text\n')
      await at.git(['add', '.gitattributes'])
      await at.git(['update-index', '--cacheinfo', `100644,${blob},a.txt`])
      await at.git(['commit', '-q', '-m', 'declared, not yet so'])
      await at.git(['checkout', '-q', '-f'])
    })
    const { outcome, work, reports } = await f.agent('a', 'git add --renormalize . && git commit -qm renormalise')
    expect(outcome.kind).toBe('ok')
    expect(reports).toEqual([])
    expect(await f.show(work!, 'a.txt')).toBe(LF.trimEnd())
  })

  it('and nothing else is no change at all', async () => {
    await using f = await field({ 'a.txt': LF })
    const { outcome } = await f.agent('a', `sed -i 's/$/\\r/' a.txt`, policy('normalise'))
    expect(outcome).toMatchObject({ kind: 'no-change', code: 'E205' })
  })

  it('may be allowed; a new file, a paste and a binary file are none', async () => {
    await using f = await field({ 'a.txt': LF, bin: 'a\0\n' })
    expect((await f.agent('a', TURN, policy('allow'))).outcome.kind).toBe('ok')
    const script = String.raw`printf 'x\r\n' > new; printf 'pasted\r\n' >> a.txt; printf 'a\0\r\n' > bin`
    const { outcome, work } = await f.agent('b', script)
    expect(outcome.kind).toBe('ok')
    expect(await f.show(work!, 'a.txt')).toContain('pasted\r')
  })
})

const CONTENT = 'the content of a large file\n'
const OID = createHash('sha256').update(CONTENT).digest('hex')
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize ${CONTENT.length}\n`
const LFS = {
  '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
  'old.bin': POINTER.replace(OID, 'a'.repeat(64)),
}
const IN_HUB = `../hub.git/lfs/objects/${OID.slice(0, 2)}/${OID.slice(2, 4)}`
const writePointer = `printf '${POINTER.replaceAll('\n', String.raw`\n`)}' > new.bin`

describe.concurrent('an LFS pointer', () => {
  it('without its object: reject', async () => {
    await using f = await field(LFS)
    await expectRefused(f, await f.agent('a', writePointer), 'a', /new\.bin: a git-lfs pointer/)
  })

  it('with its object in the hub: the object comes along, believed by its checksum', async () => {
    await using f = await field(LFS)
    const put = (content: string): string => `mkdir -p ${IN_HUB} && printf '${content}' > ${IN_HUB}/${OID}`
    const forged = await f.agent('a', `${writePointer}; ${put('something of that very length')}`)
    await expectRefused(f, forged, 'a', /new\.bin/)
    const { outcome } = await f.agent('b', `${writePointer}; ${put(CONTENT.replace('\n', String.raw`\n`))}`)
    expect(outcome.kind).toBe('ok')
    const home = join(f.repo.gitDir, 'lfs/objects', OID.slice(0, 2), OID.slice(2, 4), OID)
    expect(await f.at.read(home)).toBe(CONTENT)
  })

  it('that was only moved or copied, and a text that no filter applies to, are fine', async () => {
    await using f = await field(LFS)
    expect((await f.agent('a', 'git mv old.bin moved.bin && cp moved.bin copy.bin')).outcome.kind).toBe('ok')
    expect((await f.agent('b', writePointer.replace('new.bin', 'example.txt'))).outcome.kind).toBe('ok')
  })
})

describe.concurrent('a file over the limit', () => {
  it('is rejected before the gate, and kept', async () => {
    await using f = await field()
    const limit = (config: Config): Config => ({ ...config, limits: { ...config.limits, fileMb: 1 } })
    const script = 'head -c 1048577 /dev/zero > big; head -c 1048576 /dev/zero > fits'
    const settled = await f.agent('a', script, limit)
    await expectRefused(f, settled, 'a', /^[^]*: big has 2 MB, more than 1 MB \(.*limits\.file_mb\)$/)
    expect(await f.at.git(['cat-file', '-s', `${settled.work}:big`])).toBe('1048577')
  })
})

describe.concurrent('an absolute or escaping link', () => {
  it.each([
    ['absolute', 'ln -s /etc/passwd link', /the link link is absolute: "\/etc\/passwd"/],
    ['of Windows', String.raw`ln -s 'C:\Windows' link`, /is absolute/],
    ['out of the repository', 'ln -s ../../x docs/link', /docs\/link leads out/],
    ["into git's folder", 'ln -s ../.git/config docs/link', /docs\/link leads out/],
    ['through another link', 'ln -s .. docs/up && ln -s docs/up/../x link', /the link link leads out/],
    ['a new target of an old one', 'ln -sfn /tmp old', /the link old is absolute/],
  ])('%s: reject', async (_, script, message) => {
    await using f = await field({ 'docs/a.md': 'a\n' }, async ({ at }) => {
      await at.git(['update-index', '--add', '--cacheinfo', `120000,${await blob(at)},old`])
      await at.git(['commit', '-q', '-m', 'a link'])
      await at.git(['checkout', '-q', '-f'])
    })
    await expectRefused(f, await f.agent('a', script), 'a', message)
  })

  it('that stays inside lands as it is', async () => {
    await using f = await field({ 'docs/a.md': 'a\n' })
    const work = await f.sound(
      'a',
      'ln -s docs/a.md one && ln -s ../one docs/two && ln -s nowhere dangling && ln -s self self',
    )
    const landed = await f.tryLand('a', work)
    assertKind(landed, 'landed')
    expect(await f.at.git(['cat-file', 'blob', `${landed.commit}:docs/two`])).toBe('../one')
  })
})

async function blob(at: Scratch): Promise<string> {
  await at.write(`${at.dir}/target`, 'docs')
  return await at.git(['hash-object', '-w', `${at.dir}/target`])
}

describe('the work of a person', () => {
  it('is held against the same list: refused with what to do, or put right as declared', async () => {
    await using repo = await planned({
      config: { tools: { order: ['manual'] }, landing: { line_endings: 'normalise' } },
      files: { 'a/a.txt': LF },
    })
    expect((await repo.sluice('run')).exit).toBe(3)
    const folder = join(repo.dir, 'by-hand')
    await repo.git(['worktree', 'add', '-q', '-b', 'mine', folder, 'main'])
    await repo.write(join(folder, 'a/A.txt'), 'x\n')
    await repo.commit('collides', folder)
    for (const command of ['submit', 'resolve']) {
      const refused = await repo.sluice(command, 'a', '--ref', 'mine')
      expect(refused).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^E204 .*a\/A\.txt and a\/a\.txt/) })
    }
    expect((await repo.row('a')).state).toBe('waiting')
    await repo.git(['rm', '-q', 'a/A.txt'], folder)
    await repo.write(join(folder, 'a/a.txt'), CRLF.replace('line 3', 'LINE 3'))
    await repo.commit('turned', folder)
    const taken = await repo.sluice('submit', 'a', '--ref', 'mine')
    expect(taken).toMatchObject({ exit: 0, stderr: 'line ends put back: a/a.txt\n' })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['diff', '--numstat', 'main^1', 'main'])).toBe('1\t1\ta/a.txt')
  })
})
