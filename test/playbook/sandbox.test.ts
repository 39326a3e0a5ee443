/** What doctor says of the sandbox, and of limits that are kept or not. */
import { describe, expect, it } from 'vitest'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { checkMemoryLimit, checkReach, checkSandbox } from '../../src/playbook/checks/sandbox.ts'

const works = { kind: 'works', program: '/usr/bin/bwrap' } as const
const refused = { kind: 'refused', reason: 'no permissions' } as const

describe('the sandbox', () => {
  it.each([
    ['off', null, 'ok', null, 'off: tools and gates run with your rights'],
    ['auto', works, 'ok', null, 'auto: tools and gates write to their own slot only'],
    ['strict', works, 'ok', null, 'strict: tools and gates write to their own slot only, without network'],
    [
      'auto',
      { kind: 'missing' },
      'warn',
      'E106',
      'bubblewrap is not on this machine: tools and gates run with your rights',
    ],
    ['auto', refused, 'warn', 'E106', 'bubblewrap does not work here (no permissions): tools and gates run with'],
    [
      'auto',
      { kind: 'elsewhere' },
      'warn',
      'E106',
      'there is no sandbox on this system: tools and gates run with your rights',
    ],
    [
      'strict',
      refused,
      'fail',
      'E106',
      'sandbox: strict cannot be kept: bubblewrap does not work here (no permissions)',
    ],
  ] as const)('%s, with %j: %s', (level, sandbox, status, code, message) => {
    const [found, ...more] = checkSandbox({ sandbox }, { sandbox: level })
    expect(found).toMatchObject({ id: 'sandbox', status, code, message: expect.stringContaining(message) })
    expect(found!.fix === null).toBe(status === 'ok')
    expect(more).toEqual([])
  })
})

describe('a sandbox without network', () => {
  const tools = [
    { id: 'aider', reason: null, asksModel: true },
    { id: 'script', reason: null, asksModel: false },
    { id: 'copilot', reason: 'not on PATH', asksModel: true },
  ]

  it('lets no agent reach a model, and says which', () => {
    expect(checkReach({ tools }, { sandbox: 'strict' })).toEqual([
      {
        id: 'reach',
        status: 'warn',
        code: 'E303',
        message: 'sandbox: strict has no network, so no model can be reached by aider, copilot',
        fix: expect.stringContaining('sandbox: auto'),
      },
    ])
  })

  it("is in nobody's way who asks no model", () => {
    expect(checkReach({ tools: [tools[1]!] }, { sandbox: 'strict' })).toEqual([])
    for (const sandbox of ['auto', 'off'] as const) expect(checkReach({ tools }, { sandbox })).toEqual([])
  })
})

describe('a limit of memory', () => {
  const limits = { ...withDefaults({}).limits, memoryLimitMb: 4000 }

  it('is said to be kept, or not to be, when there is one', () => {
    expect(checkMemoryLimit({ limitsMemory: false, system: 'proc' }, withDefaults({}))).toEqual([])
    expect(checkMemoryLimit({ limitsMemory: true, system: 'proc' }, { limits })).toMatchObject([{ status: 'ok' }])
    const refused = checkMemoryLimit({ limitsMemory: false, system: 'proc' }, { limits })
    expect(refused).toMatchObject([{ status: 'warn', code: 'E301', fix: expect.stringContaining('systemd-run') }])
    const elsewhere = checkMemoryLimit({ limitsMemory: false, system: 'ps' }, { limits })
    expect(elsewhere).toMatchObject([{ status: 'warn', message: expect.stringContaining('no control groups') }])
  })
})
