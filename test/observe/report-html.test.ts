/** The report as one HTML file: complete, self-contained, and inert whatever the repository holds. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ConflictFile } from '../../src/model/landing.ts'
import { reportDocument, type ReportInput } from '../../src/observe/report.ts'
import { reportHtml } from '../../src/observe/report-html.ts'
import { REPORT_STYLE } from '../../src/observe/report-style.ts'
import { AT, commitId, sampleAttempt, sampleConflict, sampleRow, sampleRun } from '../store/sample.ts'
import { night } from './night.ts'

const page = (fields: Partial<ReportInput> = {}): string => reportHtml(reportDocument({ ...night(), ...fields }))

/** What a reader sees, blanks folded. */
function readable(source: string): string {
  return source
    .replace(/<head>[^]*<\/head>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, ' ')
}

const file: ConflictFile = {
  path: 'src/api/user.ts',
  kind: 'content',
  lines: [{ start: 41, end: 45 }],
  other: { workstream: 'ws-16', commit: commitId('d'), at: AT },
  hunks: [
    {
      base: { start: 41, lines: ['const limit = 10'], cut: 0 },
      target: { start: 43, lines: ['const limit = 20', '\tif (a < b) {'], cut: 3 },
      work: null,
    },
  ],
}

describe('the report as HTML', () => {
  it('says what the report says: decisions, attempts, landings with receipts, warnings, repairs', () => {
    const text = readable(page())
    const parts = [
      'Sluice run 7f3a',
      '3 agents, 3m12 at work (the estimates allow 2m05 at best)',
      '1 landed 1 conflict 2 blocked 1 failed',
      'Needs you: conflicts ws-09 attempt 2 work kept at refs/sluice/wip/ws-09/2',
      'Not landed workstream state why next ws-04 failed E602 3 of 3 attempts are used up sluice retry ws-04',
      'Timeline',
      'Workstreams attempt tool outcome time files said ws-01 Title of ws-01 landed 1 claude crash E201 3.2 s 0',
      'kept besides the work: git log -p refs/sluice/stray/ws-01/1/bbbbbbbbbbbb',
      `Landings ws-01 Title of ws-01 commit ${commitId('c')} tree ${commitId('e')} parents ${commitId('a')} ${commitId('b')}`,
      'approved by ada, 2026-11-23 02:14:07 UTC',
      'npm test exit 0 in 12.3 s lint | sort exit 0 in 800 ms',
      'Worth a look workstream attempt what at ws-01 2 W508 it changes | what it is judged by',
      'Checks after the run check result tests exit 1 in 900 ms',
      'Repairs code workstream problem action proof at E404 stale lock removed status works',
    ]
    let at = 0
    for (const part of parts) {
      const found = text.indexOf(part, at)
      expect(found, `${part}\nafter\n${text.slice(at, at + 400)}`).toBeGreaterThanOrEqual(at)
      at = found + part.length
    }
  })

  it('puts the three texts of a conflict side by side, each under its own line numbers', () => {
    const text = readable(page({ conflicts: [sampleConflict('ws-09', { files: [file] })] }))
    expect(text).toContain('lines 41-45, content, also changed by ws-16 (ddddddddd)')
    expect(text).toContain(
      'base 41 const limit = 10 target 43 const limit = 20 44 if (a < b) { and 3 lines more work no such file',
    )
  })

  it('says what was parked, with the command to have it', () => {
    const parked = { paths: ['docs/a.md'], patch: '.sluice/runs/7f3a/attempts/ws-01.2/parked.patch' }
    const text = readable(page({ attempts: [sampleAttempt('ws-01', 2, { parked })] }))
    expect(text).toContain(`parked, outside its scope: docs/a.md; to have it: git apply ${parked.patch}`)
  })

  it('needs nothing and allows nothing: no script, no address, and a policy that knows its one style', () => {
    const source = page()
    const [, policy] = /Content-Security-Policy"\s+content="([^"]*)"/.exec(source)!
    const [, style] = /<style>([^]*?)<\/style>/.exec(source)!
    const digest = createHash('sha256').update(style!).digest('base64')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`)
    expect(source).not.toMatch(/<script|<link|<iframe|<img|<object|\bsrc=|\bstyle=|\bon[a-z]+=|https?:|url\(|@import/i)
    expect(source.match(/href="[^"]*"/g)!.every((link) => link.startsWith('href="#'))).toBe(true)
  })

  it('can be read in both themes and on paper: 4.5 to 1 at least', () => {
    const luminance = (color: string): number => {
      const letters = color.length === 4 ? color.slice(1).replaceAll(/./g, '$&$&') : color.slice(1)
      const [red, green, blue] = [0, 2, 4].map((at) => {
        const value = Number.parseInt(letters.slice(at, at + 2), 16) / 255
        return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
    }
    const themes = [...REPORT_STYLE.matchAll(/:root \{([^}]*)\}/g)].map(
      ([, body]) =>
        new Map([...body!.matchAll(/--([a-z]+): (#[\da-f]+)/g)].map(([, name, color]) => [name!, luminance(color!)])),
    )
    expect(themes).toHaveLength(3)
    for (const theme of themes) {
      for (const ink of ['ink', 'soft', 'good', 'bad', 'warn', 'work']) {
        for (const ground of ['page', 'box']) {
          const [dark, light] = [theme.get(ink)!, theme.get(ground)!].toSorted((a, b) => a - b)
          expect((light! + 0.05) / (dark! + 0.05), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
        }
      }
    }
  })

  it('escapes everything that others wrote', () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u001b[2J\u202e`
    const failure = { code: 'E602', message: evil } as const
    const hunk = { base: null, target: { start: 1, lines: [evil], cut: 0 }, work: { start: 1, lines: [evil], cut: 0 } }
    const touching = [{ commit: commitId('e'), subject: evil, author: evil, at: AT }]
    const conflicts = [
      sampleConflict('ws-09', {
        tried: [{ rung: 'tool', tool: evil, how: evil, cutOff: false }],
        files: [{ ...file, path: evil, kind: evil, hunks: [hunk], commits: { target: touching, work: touching } }],
      }),
    ]
    const { landings, fixes, after } = night()
    const check = { ...after[0]!, name: evil, command: evil }
    const receipt = { ...landings[0]!.receipt!, approvals: [{ by: evil, at: AT, comment: evil }], gatedAs: evil }
    const source = page({
      run: sampleRun({ target: evil }),
      rows: [
        sampleRow('ws-01', { state: 'failed', failure }, { title: evil }),
        sampleRow(
          'ws-02',
          { state: 'waiting', for: 'approval', attempt: 1, work: evil, rule: evil, since: AT },
          { title: evil },
        ),
      ],
      attempts: [
        sampleAttempt('ws-01', 1, {
          tool: evil,
          outcome: { kind: 'crash', code: 'E201', message: evil },
          strays: [{ ref: evil, commit: commitId('b') }],
          parked: { paths: [evil], patch: evil },
          approvals: [{ by: evil, at: AT, comment: evil }],
        }),
      ],
      landings: [{ ...landings[0]!, gate: [check], receipt }],
      conflicts,
      fixes: fixes.map((fix) => ({ ...fix, problem: evil, action: evil, proof: evil })),
      warnings: [{ workstream: evil, attempt: 1, code: 'W508', message: evil, at: AT }],
      after: [check],
      history: {
        landings: [
          { ...landings[0]!, stage: 'refused', failure: { code: 'E402', message: evil, details: { paths: [evil] } } },
        ],
        attempts: [],
      },
    })
    expect(source).not.toMatch(/<script|<img|\u202e/)
    expect(source).not.toContain('\u001b')
    // Nothing of it has ended an attribute: outside of tags there is no bare quote, and inside only what we wrote.
    const tags = [...source.matchAll(/<[a-z][^>]*>/g)].map(([tag]) => tag)
    expect(tags.filter((tag) => /alert|onerror/.test(tag.replaceAll(/="[^"]*"/g, '')))).toEqual([])
    expect(source.split('alert(1)').length).toBeGreaterThan(40)
  })
})

describe('the timeline', () => {
  const bars = (source: string): number[] =>
    [...source.matchAll(/<rect[^>]*?\sx="([\d.]+)"/g)].map(([, x]) => Number(x))

  it('has a bar for each attempt and a mark for each landing, told apart by shape', () => {
    const source = page()
    expect(bars(source)).toHaveLength(3)
    expect(source.match(/<rect[^>]*class="not"|class="not"/g)).toHaveLength(1)
    expect(source.match(/<polygon/g)).toHaveLength(1)
    expect(readable(source)).toContain('attempt 2 by copilot: ok, 3.2 s')
  })

  it('cuts short what lies between two starts', () => {
    const night = 8 * 3_600_000
    const attempts = [0, 60_000, night].map((after, index) =>
      sampleAttempt('ws-01', index + 1, { startedAt: AT + after, endedAt: AT + after + 60_000 }),
    )
    const source = page({ attempts, landings: [] })
    const [first, second, third] = bars(source)
    const minute = second! - first!
    expect(third! - second!).toBeLessThan(1.5 * minute)
    expect(readable(source)).toContain('nothing was at work for 7h58')
  })

  it('is left out where nothing was at work', () => {
    expect(readable(page({ attempts: [], landings: [] }))).not.toContain('Timeline')
  })
})
