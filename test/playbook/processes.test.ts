/** What doctor says of how tools are looked after, and of the processes that may survive. */
import { describe, expect, it } from 'vitest'
import { checkProcesses, checkSupervision } from '../../src/playbook/checks/processes.ts'

const works = { kind: 'works', program: '/usr/bin/bwrap' } as const
const refused = { kind: 'refused', reason: 'no permissions' } as const

describe('what may survive a tool', () => {
  it.each([
    [{ sandbox: works, system: 'proc', hasGroups: false }, 'by a namespace of its own'],
    [{ sandbox: refused, system: 'proc', hasGroups: true }, 'by a control group of its own'],
    [
      { sandbox: null, system: 'proc', hasGroups: false },
      'one that empties its environment, leaves its session and outlives its parent may survive',
    ],
    [
      { sandbox: null, system: 'ps', hasGroups: false },
      'one that leaves the group of its tool and outlives its parent may survive if it shows no environment',
    ],
    [{ sandbox: null, system: 'windows', hasGroups: false }, 'one that outlives its parent may survive'],
  ] as const)('%j', (facts, message) => {
    expect(checkProcesses(facts)).toMatchObject({ status: 'ok', message: expect.stringContaining(message) })
  })
})

describe('the supervision', () => {
  const programs = { flock: '/f', setsid: '/s', sync: '/y', mv: '/m' }
  it.each([
    [{ system: 'proc', shim: { kind: 'shell', programs } }, 'ok', 'by /proc'],
    [{ system: 'proc', shim: { kind: 'node', missing: ['flock', 'setsid'] } }, 'warn', '(missing: flock, setsid)'],
    [{ system: 'ps', shim: { kind: 'node', missing: [] } }, 'ok', 'portable, by ps: tools outlive this process'],
    [{ system: 'windows', shim: { kind: 'node', missing: [] } }, 'warn', 'has not been proven on Windows'],
  ] as const)('%j', (facts, status, message) => {
    const { shim } = facts
    const copy = shim.kind === 'node' ? { ...shim, missing: [...shim.missing] } : shim
    const found = checkSupervision({ ...facts, shim: copy })
    expect(found).toMatchObject({ id: 'supervision', status, message: expect.stringContaining(message) })
  })

  it.each(['ps', 'windows'] as const)('by %s: says what is not seen', (system) => {
    const { message } = checkSupervision({ system, shim: { kind: 'node', missing: [] } })
    expect(message).toContain('not seen are what a tool reads and writes')
    expect(message).toContain('for lack of memory')
  })
})
