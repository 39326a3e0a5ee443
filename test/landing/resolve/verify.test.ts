import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasReason } from '../../../src/landing/resolve/dropped.ts'
import { isTestFile } from '../../../src/landing/resolve/lines.ts'
import { type Finding, verifyResolution } from '../../../src/landing/resolve/verify.ts'
import { type Conflicted, type Forge, forge, NOT_PLAIN, NOT_PLAIN_FILES } from './room.ts'

/** What is found when somebody resolves the conflict by these contents. */
async function found(
  f: Forge,
  conflict: Conflicted,
  contents: Record<string, string | null>,
  message = 'Resolve',
): Promise<Finding[]> {
  const commit = await f.commit([conflict.work, conflict.onto], contents, conflict.tree)
  return await verifyResolution(f.repo, { merge: conflict, resolved: `${commit}^{tree}`, message })
}

const kinds = (findings: readonly Finding[]): string[] => findings.map(({ kind, path }) => `${kind} ${path}`)

const code = (...middle: string[]): string => ['function f() {', ...middle, '}', ''].join('\n')

async function inCode(): Promise<{ f: Forge; conflict: Conflicted } & AsyncDisposable> {
  const f = await forge({ 'a.ts': code('  start()', '  stop()'), 'b.ts': 'b\n' })
  const conflict = await f.fork(
    { 'a.ts': code('  start()', '  ours()', '  stop()') },
    { 'a.ts': code('  start()', '  work()', '  stop()') },
  )
  return { f, conflict, [Symbol.asyncDispose]: () => f[Symbol.asyncDispose]() }
}

describe('a resolution is accepted', () => {
  it('when it keeps what both sides wrote, in whatever order and depth', async () => {
    await using c = await inCode()
    const both = code('  start()', '  if (x) {', '    work()', '  }', '  ours()', '  stop()')
    expect(await found(c.f, c.conflict, { 'a.ts': both })).toEqual([])
  })

  it('when both sides added the same and it is there once', async () => {
    await using f = await forge({ a: 'a\n' })
    const conflict = await f.fork({ a: 'a\nimport x\nours\n' }, { a: 'a\nwork\nimport x\n' })
    expect(await found(f, conflict, { a: 'a\nimport x\nours\nwork\n' })).toEqual([])
  })

  it('when what is gone is named with a reason', async () => {
    await using c = await inCode()
    const third = { 'a.ts': code('  start()', '  oursAndWork()', '  stop()') }
    expect(await found(c.f, c.conflict, third, 'Resolve\n\nDropped: a.ts: one call does both\n')).toEqual([])
    for (const message of [
      'Resolve',
      'Dropped: b.ts: one call',
      'Dropped: a.ts',
      'Dropped: aa.ts: no',
      'a.ts: dropped',
    ]) {
      expect(kinds(await found(c.f, c.conflict, third, message))).toEqual(['lost a.ts'])
    }
  })

  it('when lines went to another file that was in conflict', async () => {
    await using f = await forge({ a: 'a\n', b: 'b\n' })
    const conflict = await f.fork({ a: 'ours a\n', b: 'ours b\n' }, { a: 'work a\n', b: 'work b\n' })
    const moved = { a: 'ours a\n', b: 'ours b\nwork b\nwork a\n' }
    expect(await found(f, conflict, moved)).toEqual([])
  })

  it('when markers were in a file all along', async () => {
    const about = '<<<<<<< HEAD\nTitle\n=======\n'
    await using f = await forge({ 'git.md': about })
    const conflict = await f.fork({ 'git.md': `${about}ours\n` }, { 'git.md': `${about}work\n` })
    expect(await found(f, conflict, { 'git.md': `${about}ours\nwork\n` })).toEqual([])
  })
})

describe('a resolution is refused', () => {
  it('with left-over markers, all of them or one', async () => {
    await using c = await inCode()
    expect(kinds(await found(c.f, c.conflict, {}))).toEqual(['markers a.ts'])
    for (const marker of ['<<<<<<< ours', '=======', '>>>>>>> x', '||||||| base', '<<<<<<<']) {
      const left = code('  start()', marker, '  ours()', '  work()', '  stop()')
      expect(kinds(await found(c.f, c.conflict, { 'a.ts': left }))).toEqual(['markers a.ts'])
    }
  })

  it('that takes one side, whichever', async () => {
    await using c = await inCode()
    for (const [taken, lost] of [
      ['ours()', 'work()'],
      ['work()', 'ours()'],
    ]) {
      const findings = await found(c.f, c.conflict, { 'a.ts': code('  start()', `  ${taken}`, '  stop()') })
      expect(findings).toMatchObject([{ kind: 'lost', path: 'a.ts', lines: [lost] }])
    }
  })

  it('that loses what both sides kept, reason or not', async () => {
    await using c = await inCode()
    const without = { 'a.ts': code('  start()', '  ours()', '  work()') }
    const findings = await found(c.f, c.conflict, without, 'Dropped: a.ts: not needed')
    expect(findings).toMatchObject([{ kind: 'vanished', path: 'a.ts', lines: ['stop()'] }])
  })

  it('that deletes the file', async () => {
    await using c = await inCode()
    expect(kinds(await found(c.f, c.conflict, { 'a.ts': null }))).toEqual(['lost a.ts', 'vanished a.ts'])
  })

  it('that changes, adds or deletes anything that was not in conflict', async () => {
    await using c = await inCode()
    const good = code('  start()', '  ours()', '  work()', '  stop()')
    const findings = await found(c.f, c.conflict, { 'a.ts': good, 'b.ts': 'changed\n', 'c.ts': 'new\n' })
    expect(kinds(findings)).toEqual(['elsewhere b.ts', 'elsewhere c.ts'])
    expect(kinds(await found(c.f, c.conflict, { 'a.ts': good, 'b.ts': null }))).toEqual(['elsewhere b.ts'])
  })

  it('that makes another kind of file of it', async () => {
    await using c = await inCode()
    await c.f.at.git(['checkout', '-q', '--detach', c.conflict.onto])
    await c.f.at.write('a.ts', code('  start()', '  ours()', '  work()', '  stop()'))
    await chmod(join(c.f.at.root, 'a.ts'), 0o755)
    const tree = `${await c.f.at.commit('resolve')}^{tree}`
    const findings = await verifyResolution(c.f.repo, { merge: c.conflict, resolved: tree, message: '' })
    expect(findings).toMatchObject([{ kind: 'elsewhere', path: 'a.ts', message: expect.stringContaining('100755') }])
  })

  it('that a line in another file would seem to excuse', async () => {
    await using f = await forge({ a: 'a\n', b: 'same\nb\n' })
    const conflict = await f.fork({ a: 'same\n', b: 'same\nours\n' }, { a: 'work\n', b: 'same\nwork\n' })
    const findings = await found(f, conflict, { a: 'work\n', b: 'same\nours\nwork\n' })
    expect(findings).toMatchObject([{ kind: 'lost', path: 'a', lines: ['same'] }])
  })
})

describe('tests are never dropped', () => {
  const reason = 'Dropped: a.test.ts: obsolete'

  it('neither a file of them, in conflict or not', async () => {
    await using f = await forge({ 'a.test.ts': 'test(1)\n', 'b.test.ts': 'b\n' })
    const conflict = await f.fork({ 'a.test.ts': null }, { 'a.test.ts': 'test(1)\ntest(2)\n' })
    const findings = await found(f, conflict, { 'a.test.ts': null, 'b.test.ts': null }, reason)
    expect(kinds(findings)).toEqual(['tests b.test.ts', 'tests a.test.ts'])
    expect(kinds(await found(f, conflict, { 'a.test.ts': '\n' }, reason))).toEqual(['tests a.test.ts'])
    expect(await found(f, conflict, { 'a.test.ts': 'test(1)\ntest(2)\n' })).toEqual([])
  })

  it('nor a case, nor by skipping it; renaming one with a reason is fine', async () => {
    await using f = await forge({ 'a.test.ts': "it('a')\n" })
    const conflict = await f.fork({ 'a.test.ts': "it('a')\nit('ours')\n" }, { 'a.test.ts': "it('a')\nit('work')\n" })
    const cases = (...last: string[]): Record<string, string> => ({ 'a.test.ts': `it('a')\n${last.join('\n')}\n` })
    expect(kinds(await found(f, conflict, cases("it('ours')"), reason))).toEqual(['tests a.test.ts'])
    expect(kinds(await found(f, conflict, cases("it('ours')", "it.skip('work')"), reason))).toEqual(['tests a.test.ts'])
    expect(await found(f, conflict, cases("it('ours')", "it('work, renamed')"), reason)).toEqual([])
  })

  it.each([
    ['def test_one():', 'def test_two():'],
    ['#[test]\nfn one() {}', '#[test]\nfn two() {}'],
    ['func TestOne(t *testing.T) {}', 'func TestTwo(t *testing.T) {}'],
    ['@Test\nvoid one() {}', '@Test\nvoid two() {}'],
    ['test.each([1])("one")', 'test("two")'],
    ['[Fact]\npublic void One() {}', '[Fact]\npublic void Two() {}'],
  ])('as in %j and %j', async (one, two) => {
    await using f = await forge({ a: 'begin\n' })
    const conflict = await f.fork({ a: `begin\n${one}\n` }, { a: `begin\n${two}\n` })
    const because = 'Dropped: a: not needed'
    expect(kinds(await found(f, conflict, { a: `begin\n${one}\n` }, because))).toEqual(['tests a'])
    expect(await found(f, conflict, { a: `begin\n${one}\n${two}\n` })).toEqual([])
  })

  it('are found by where they are', () => {
    const tests = [
      'test/a.ts',
      'src/__tests__/a.js',
      'a.test.ts',
      'a_test.go',
      'x/test_a.py',
      'ATest.java',
      'a-spec.rb',
    ]
    const others = ['src/a.ts', 'latest.ts', 'contest/a.ts', 'testament.md', 'src/attest.ts', 'inspect/a']
    expect(tests.filter((path) => !isTestFile(path))).toEqual([])
    expect(others.filter((path) => isTestFile(path))).toEqual([])
  })
})

describe('what is no text', () => {
  it('needs a reason, whatever became of it', async () => {
    await using f = await forge(NOT_PLAIN_FILES)
    const { ours, theirs } = NOT_PLAIN.find(({ name }) => name === 'binary')!
    const conflict = await f.fork(ours, theirs)
    for (const content of ['x\0ours', 'x\0work', 'x\0both']) {
      expect(kinds(await found(f, conflict, { binary: content }))).toEqual(['unreadable binary'])
      expect(await found(f, conflict, { binary: content }, 'Dropped: binary: made again from the drawing')).toEqual([])
    }
  })

  it('a file that one side deleted may stay as the other has it, but goes only with a reason', async () => {
    await using f = await forge(NOT_PLAIN_FILES)
    const { ours, theirs } = NOT_PLAIN.find(({ name }) => name === 'modify/delete')!
    const conflict = await f.fork(ours, theirs)
    expect(await found(f, conflict, {})).toEqual([])
    expect(kinds(await found(f, conflict, { file: null }))).toEqual(['lost file'])
    expect(await found(f, conflict, { file: null }, 'Dropped: file: it is generated now')).toEqual([])
  })

  it('a folder in conflict may stay as it is; to move its files is an edit elsewhere', async () => {
    await using f = await forge(NOT_PLAIN_FILES)
    const { ours, theirs } = NOT_PLAIN.at(-1)!
    const conflict = await f.fork(ours, theirs)
    expect(await found(f, conflict, {})).toEqual([])
    const moved = await found(f, conflict, { 'folder/new': null, 'to/new': 'new\n' })
    expect(kinds(moved)).toEqual(['elsewhere folder/new', 'elsewhere to/new'])
  })
})

describe('a reason', () => {
  it('names the whole path, and says something', () => {
    const given = ['Dropped: a/b.ts: why', '  dropped: a/b.ts because of c', 'x\nDropped: `a/b.ts` - superseded']
    const none = [
      'Dropped: b.ts: why',
      'Dropped: a/b.tsx: why',
      'Dropped: x/a/b.ts: why',
      'Dropped: a/b.ts: ',
      'a/b.ts',
    ]
    expect(given.filter((message) => !hasReason(message, 'a/b.ts'))).toEqual([])
    expect(none.filter((message) => hasReason(message, 'a/b.ts'))).toEqual([])
  })
})
