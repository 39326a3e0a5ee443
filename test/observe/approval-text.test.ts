import { describe, expect, it } from 'vitest'
import { type ApprovalEvidence, approvalText } from '../../src/observe/approval-text.ts'
import { PLAIN } from '../../src/observe/style.ts'
import { AT, commitId, sampleCheck } from '../store/sample.ts'

const evidence = (fields: Partial<ApprovalEvidence> = {}): ApprovalEvidence => ({
  workstream: 'ws-22',
  title: 'Pay by card',
  rule: 'gate>=3',
  since: AT,
  attempt: 2,
  tool: 'claude',
  outcome: { kind: 'ok', code: null, message: 'done' },
  ms: 250_000,
  base: commitId('a'),
  work: commitId('b'),
  acceptance: [sampleCheck()],
  checklist: ['The form looks right'],
  warnings: [{ code: 'W508', message: 'it changes what it is judged by: gate.sh' }],
  conflicts: [{ with: 'ws-16', paths: ['src/pay.ts'] }],
  blocks: ['ws-23', 'ws-24'],
  change: {
    files: [
      { path: 'src/pay.ts', from: null, added: 12, deleted: 3 },
      { path: 'src/card.ts', from: 'src/old.ts', added: 1, deleted: 0 },
      { path: 'logo.png', from: null, added: null, deleted: null },
    ],
    lines: ['diff --git a/src/pay.ts b/src/pay.ts', '@@ -1 +1,2 @@', ' one', '+\ttwo\u001b[2J'],
    linesCut: 15,
  },
  ...fields,
})

describe('what is shown before an approval', () => {
  it('is what would land, who made it, what speaks for it, and what against', () => {
    expect(approvalText(evidence(), PLAIN).join('\n')).toBe(`\
E603 ws-22 waits for approval: Pay by card
  asked by  landing.approve: gate>=3
  made by   claude: attempt 2 is done after 4m10
  work      bbbbbbbbb on aaaaaaaaa, branch ws/ws-22
  tests     exit 0 in 12.3 s  npm test
  to check  [ ] The form looks right
  look      W508 it changes what it is judged by: gate.sh
  conflict  predicted with ws-16 in src/pay.ts
  blocks    ws-23, ws-24
  files     3 files, +13 -3
            +12 -3      src/pay.ts
            +1 -0       src/old.ts -> src/card.ts
            binary      logo.png

diff --git a/src/pay.ts b/src/pay.ts
@@ -1 +1,2 @@
 one
+    two
... 15 changed lines more: git diff aaaaaaaaa bbbbbbbbb`)
  })

  it('says what there is not', () => {
    const nothing = { files: [], lines: [], linesCut: 0 }
    const bare = { checklist: [], warnings: [], conflicts: [], blocks: [], change: nothing }
    expect(approvalText(evidence({ ...bare, acceptance: [] }), PLAIN).slice(4)).toEqual([
      '  tests     none of its own; the gate runs when it is approved',
      '  files     nothing is changed',
    ])
    expect(approvalText(evidence({ ...bare, acceptance: null }), PLAIN)).toContain(
      '  tests     its own were not run on this work; the gate runs when it is approved',
    )
  })

  it('lets nothing act on the terminal, and is bounded', () => {
    const files = Array.from({ length: 100 }, (_, n) => ({
      path: `a${n}\n\u001b]0;x\u0007`,
      from: null,
      added: 1,
      deleted: 0,
    }))
    const change = { files, lines: ['+\u202egnp.exe'], linesCut: 0 }
    const lines = approvalText(evidence({ title: 'x\u001b[1A\ny', rule: 'a\r', change }), PLAIN)
    // oxlint-disable-next-line no-control-regex
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(lines).toContain('            and 60 more')
  })
})
