/** `sluice tools`, as a person reads it. */
import { expect, it } from 'vitest'
import { toolsText } from '../../src/observe/tools-text.ts'
import type { ToolRow } from '../../src/tools/registry.ts'

const row = (id: string, more: Partial<ToolRow>): ToolRow => ({
  id,
  installed: true,
  version: null,
  path: null,
  abilities: [],
  auth: 'unknown',
  reason: null,
  ...more,
})

it('says of each tool whether it is there, whether it has a key, what it can do and why it is not used', () => {
  const rows = [
    row('aider', { version: '0.86.1', auth: 'found', abilities: ['unattended', 'prompt-file', 'usage', 'base-url'] }),
    row('copilot', { installed: false, auth: 'missing', reason: 'copilot is not on PATH', abilities: ['unattended'] }),
    row('manual', { auth: 'not-needed' }),
    row('own', { abilities: ['unattended', 'prompt-stdin'] }),
  ]
  const lines = toolsText({
    rows,
    order: ['aider', 'copilot', 'manual'],
    choice: { first: null, forbidden: ['copilot'] },
    paused: new Map(),
  })
  expect(lines).toEqual([
    'TOOL     ORDER  HERE  VERSION  KEY      ALONE  BRIEF  RESUME  EVENTS  USAGE  URL',
    'aider    1      yes   0.86.1   found    yes    file   -       -       yes    yes',
    'copilot  2      no    -        missing  yes    -      -       -       -      -',
    '         copilot is not on PATH',
    '         forbidden in this run: sluice tools allow copilot',
    'manual   3      yes   -        -        -      -      -       -       -      -',
    'own      -      yes   -        ?        yes    stdin  -       -       -      -',
    '         not in tools.order, so no run takes it',
  ])
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})
