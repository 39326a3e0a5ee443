/** How failures, conflicts and their documents read. */
import { beforeAll, describe, expect, it } from 'vitest'
import { conflictText } from '../../src/observe/conflict-text.ts'
import { errorDocument, eventDocument } from '../../src/observe/documents.ts'
import { failureText } from '../../src/observe/failure-text.ts'
import { codeSpan, markdownText } from '../../src/observe/markdown.ts'
import { requestText } from '../../src/observe/request-text.ts'
import { commitId, sampleConflict, sampleEvent } from '../store/sample.ts'

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

describe('a failure', () => {
  it('prints its code and what it is, then evidence, then the command to type', () => {
    const failure = {
      code: 'E501',
      message: 'the gate is red for ws-09',
      fix: 'sluice logs ws-09',
      details: {
        safe: 'work kept at refs/sluice/wip/ws-09/2',
        tried: ['attempt 1 (claude)', 'attempt 2 (claude)'],
        exit: 1,
      },
    } as const
    expect(failureText(failure)).toEqual([
      'E501 the gate is red for ws-09',
      '  tried   attempt 1 (claude)',
      '          attempt 2 (claude)',
      '  safe    work kept at refs/sluice/wip/ws-09/2',
      '  next    sluice logs ws-09   (more: sluice explain E501)',
    ])
  })

  it('shows a bounded number of paths, and nothing in them that acts', () => {
    const paths = Array.from({ length: 9 }, (_, n) => `${n}\u001b[2J\n`)
    const lines = failureText({ code: 'E105', message: 'no', details: { paths } })
    expect(lines).toEqual([
      'E105 no',
      '  paths   0',
      ...['1', '2', '3', '4', '5', 'and 3 more'].map((text) => `          ${text}`),
      '  next    sluice explain E105',
    ])
  })

  it('is red, a warning yellow, where there is colour', () => {
    const style = { colour: true, unicode: true, github: false }
    expect(failureText({ code: 'E105', message: 'no' }, style)[0]).toBe('\u001b[31mE105 no\u001b[0m')
    expect(failureText({ code: 'W407', message: 'no' }, style)[0]).toBe('\u001b[33mW407 no\u001b[0m')
  })

  it('is a document of its own for programs, with every field there', () => {
    expect(errorDocument({ code: 'E105', message: 'no' })).toEqual({
      schema: 'sluice.error/1',
      error: { code: 'E105', message: 'no', fix: null, details: {} },
    })
  })
})

describe('an event for programs', () => {
  it('is itself, with the schema', () => {
    const event = sampleEvent({ type: 'run.draining', by: 'signal' })
    expect(eventDocument(event)).toEqual({ schema: 'sluice.event/1', ...event })
  })
})

describe('a conflict', () => {
  it('names lines, the other side, where the work is, what it blocks, and the commands', () => {
    const files = [
      ...sampleConflict('ws-09').files,
      { path: 'logo\n.png', kind: 'binary', lines: [], other: null },
      {
        path: 'a.ts',
        kind: 'content',
        lines: [
          { start: 3, end: 3 },
          { start: 8, end: 12 },
        ],
        other: null,
      },
    ]
    const text = conflictText(sampleConflict('ws-09', { files }), ['ws-10', 'ws-11'])
    expect(text).toEqual([
      'E402 merge conflict in ws-09 (attempt 2)',
      '  src/api/user.ts:41-45  also changed by ws-16, landed 02:13:07',
      '  logo\\n.png  binary, also changed on the target',
      '  a.ts:3,8-12  also changed on the target',
      `  safe    work kept at refs/sluice/wip/ws-09/2 (${commitId('b').slice(0, 9)}); the queue goes on without it`,
      '  blocks  ws-10, ws-11',
      '  next    sluice open ws-09   (begins the merge in a worktree: settle it there, commit)',
      '          sluice resolve ws-09   (hands in what you made there: it is gated and lands)',
      '  or      sluice resolve ws-09 --tool TOOL   (a tool of tools.order settles it)',
      '          sluice resolve ws-09 --discard   (give this work up)',
      '  more    sluice explain ws-09   (what each side has there), sluice explain E402',
    ])
  })
})

describe('foreign text in Markdown', () => {
  it('stays text', () => {
    expect(markdownText('<script>a|b</script> [x](y) *z* `q` #1 \\')).toBe(
      String.raw`&lt;script&gt;a\|b&lt;/script&gt; \[x\](y) \*z\* \`q\` \#1 ` + '\\\\',
    )
    expect(codeSpan('a`b``c|d')).toBe('``` a`b``c\\|d ```')
  })
})

describe('a request', () => {
  it('reads as the command that makes it', () => {
    expect(requestText({ kind: 'retry', ids: ['a', 'b'], tool: 'claude', note: 'x', fresh: true })).toBe(
      'retry a b --tool claude --fresh',
    )
    expect(requestText({ kind: 'submit', id: 'a', work: commitId('b') })).toBe('submit a (bbbbbbbbb)')
    expect(requestText({ kind: 'resolve', id: 'a', work: commitId('b') })).toBe('resolve a (bbbbbbbbb)')
    expect(requestText({ kind: 'discard', id: 'a', satisfy: true })).toBe('resolve a --discard --satisfy')
    expect(requestText({ kind: 'hold', ids: ['a'] })).toBe('hold a')
    expect(requestText({ kind: 'cancel', ids: ['a'], now: true })).toBe('cancel a --now')
    expect(requestText({ kind: 'stop', now: false })).toBe('cancel --all --drain')
  })
})
