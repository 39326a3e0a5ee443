/** Fault 8: numbers are given out again. Who belongs to a tree, by a table in which that has happened. */
import { describe, expect, it } from 'vitest'
import { bootId } from '../../src/process/identity.ts'
import { rowKey, treeMembers } from '../../src/process/tree.ts'
import type { ProcessRow } from '../../src/process/view.ts'

/** Above what any kernel gives out, so that no real process is asked for its environment. */
const LEADER = 5_000_000
const NONCE = 'no-process-carries-this-nonce'

function row(pid: number, fields: Partial<ProcessRow> = {}): ProcessRow {
  return {
    pid,
    parent: 1,
    group: pid,
    session: pid,
    state: 'S',
    startTicks: 100,
    cpuMs: 0,
    residentBytes: 0,
    told: null,
    ...fields,
  }
}

function members(rows: ProcessRow[], known: Set<string>, startTicks = 100): number[] {
  const leader = { bootId: bootId(), pid: LEADER, startTicks }
  return treeMembers({ nonce: NONCE, leader }, rows, known).map(({ pid }) => pid)
}

describe('a number that was given out again', () => {
  it('is a stranger, though it is the leader’s, its group is, and another process with that number was a member', () => {
    const known = new Set([rowKey({ pid: LEADER, startTicks: 100 })])
    const stranger = row(LEADER, { startTicks: 200 })
    expect(members([stranger, row(LEADER + 1, { parent: LEADER, group: LEADER, startTicks: 201 })], known)).toEqual([])
  })

  it('is a stranger even with the same start time, when neither its environment nor its parent says that it is ours', () => {
    expect(members([row(LEADER), row(LEADER + 1, { parent: LEADER })], new Set())).toEqual([])
  })

  it('makes nobody a member by being the parent of who was one: that one is known by number and start', () => {
    const member = row(LEADER + 1, { startTicks: 150 })
    const known = new Set([rowKey(member)])
    const again = row(LEADER + 2, { startTicks: 160 })
    expect(members([member, again], known)).toEqual([LEADER + 1])
    expect(members([{ ...member, startTicks: 170 }, again], known)).toEqual([])
  })
})
