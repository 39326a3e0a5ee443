/** The playbook's entries: complete, true to the code base, and readable; and what `explain` says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODES } from '../../src/model/failure.ts'
import { ENTRIES } from '../../src/playbook/codes/index.ts'

import { entryLines, explainCode, looksLikeCode } from '../../src/playbook/explain.ts'
import { callsIn, declared, problemOf } from '../kit/commands.ts'

const SRC = join(import.meta.dirname, '..', '..', 'src')

const commands = declared()

describe('the playbook', () => {
  it('has one module for each code, named after it, in order', () => {
    const files = readdirSync(join(SRC, 'playbook', 'codes')).filter((file) => file !== 'index.ts')
    const codes = ENTRIES.map(({ code }) => code)
    expect(files.map((file) => file.slice(0, -3)).sort()).toEqual(codes.toSorted())
    expect(codes.map((code) => code.slice(1))).toEqual(codes.map((code) => code.slice(1)).sort())
  })

  it('has an entry for every code that the sources can raise', () => {
    const raised = new Set<string>()
    for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.startsWith('playbook/codes') || file.endsWith('failure.ts')) continue
      for (const [, code] of readFileSync(join(SRC, file), 'utf8').matchAll(/'([EW]\d{3})'/g)) raised.add(code!)
    }
    const known = new Set<string>(ENTRIES.map(({ code }) => code))
    expect([...raised].filter((code) => !known.has(code))).toEqual([])
  })

  it.each(ENTRIES.map((entry) => [entry.code, entry] as const))(
    '%s says what to do, with commands that exist',
    (_, entry) => {
      for (const text of [entry.symptom, entry.detect, entry.diagnosis, entry.automatic]) {
        expect(text).toMatch(/^[A-Z][^]*[.!?]$/)
        expect(text).not.toMatch(/ {2}|\n/)
      }
      expect(entry.manual.length).toBeGreaterThan(0)
      expect(entry.seen.length).toBeGreaterThan(0)
      const prose = [entry.symptom, entry.detect, entry.diagnosis, entry.automatic].join('\n')
      const spans = [...prose.matchAll(/`(sluice [^`]+)`/g)].map(([, span]) => span!)
      const calls = [...spans, ...entry.manual].flatMap(callsIn)
      expect(calls.flatMap((call) => problemOf(call, commands) ?? [])).toEqual([])
    },
  )
})

describe('explain CODE', () => {
  it('prints symptom, diagnosis, what was done, and what to type', () => {
    const explained = explainCode('e205')
    expect(explained.kind === 'entry' && entryLines(explained.entry).join('\n')).toBe(`\
E205 nothing changed

symptom    The tool ended without an error, and the worktree is what it was.

detected   By comparing the tree that it left with the one that it began from.

diagnosis  It misunderstood the brief, refused in words, had no permission to
           write, or the work was done already. What a tool says about itself
           does not count: a difference does.

automatic  The next tool of the order was begun, and told that nothing had
           changed.

manual     sluice logs ID   # what it said
           sluice retry ID --note "which file to change, and how"
           sluice skip ID --satisfy   # when there is nothing left to do
           # allow_empty: true in the workstream, when no change is a result`)
  })

  it('shows what the run has to do with it, and names its workstream in the commands', () => {
    const entry = ENTRIES.find(({ code }) => code === 'E205')!
    const evidence = Array.from({ length: 7 }, (_, index) => `02:14:0${index} ws-09 (${index}): it changed nothing`)
    const repairs = [{ workstream: 'ws-09', problem: 'nothing changed', action: 'aider took over', proof: 'it landed' }]
    const text = entryLines(entry, { evidence, repairs, workstream: 'ws-09' }).join('\n')
    expect(text).toContain(`\
here       (2 earlier ones: sluice logs)
           02:14:02 ws-09 (2): it changed nothing
`)
    expect(text).toContain('repaired   ws-09: nothing changed; aider took over; it landed')
    expect(text).toContain('manual     sluice logs ws-09   # what it said')
  })

  it('fits a terminal of 80 columns, but for commands that must stay whole', () => {
    for (const entry of ENTRIES) {
      const lines = entryLines(entry)
      const prose = lines.slice(
        0,
        lines.findIndex((line) => line.startsWith('manual')),
      )
      expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })

  it('says which code was probably meant, and which ones this version does not raise', () => {
    expect(explainCode('E420')).toEqual({
      kind: 'unknown',
      failure: { code: 'E103', message: 'there is no code "E420"', fix: `did you mean E402 (${CODES.E402})?` },
    })
    const reserved = explainCode('E606')
    expect(reserved.kind === 'unknown' && reserved.failure.message).toBe(
      'E606 (host lost) is not raised by this version, so there is no playbook for it',
    )
    const nothing = explainCode('\u001b[2J')
    expect(nothing.kind === 'unknown' && nothing.failure.message).toBe(String.raw`there is no code "\u001b[2J"`)
  })

  it('can tell a code from the id of a workstream', () => {
    expect(['E402', 'w407', 'ws-09', 'e4', 'E4021'].map(looksLikeCode)).toEqual([true, true, false, false, false])
  })
})
