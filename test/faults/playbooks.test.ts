/**
 * Every code is caused for real, once: by the tables here, or by the test that `ELSEWHERE` names. Where a run met it,
 * `explain CODE` shows that with the workstream in its commands, and what was overcome is a fix with proof.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { removeTree } from '../../src/git/remove-tree.ts'
import type { Code } from '../../src/model/failure.ts'
import { ENTRIES } from '../../src/playbook/codes/index.ts'
import { planned, type PlanOptions } from '../kit/plan.ts'

const WRITE = { write: { path: 'a.txt', text: 'by a\n' } }
const good = [WRITE]
const failing = (text: string): object[] => [{ say: text }, { exit: 1 }]

/** `attempts`: steps of the one workstream `a`, a list for each attempt. */
function tries(attempts: object[][], config: Record<string, unknown> = {}): PlanOptions {
  return { script: { a: attempts as Record<string, unknown>[][] }, config }
}

/** Two tools that follow the same script: what the first cannot, the second does as the second attempt. */
const second = {
  tools: {
    order: ['demo', 'other'],
    demo: { script: '../script.json' },
    other: { command: ['sh', '-c', 'echo by a >a.txt'] },
  },
}

interface Fault {
  codes: Code[]
  plan: PlanOptions
  exit: number
  /** The landing is on record as proof that it was overcome. */
  isOvercome: boolean
}

const overcome = (code: Code, plan: PlanOptions): Fault => ({ codes: [code], plan, exit: 0, isOvercome: true })

const FAULTS: readonly Fault[] = [
  { ...overcome('E107', tries([failing('Error: invalid api key')], second)), codes: ['E107', 'W209'] },
  overcome('E201', tries([[{ crash: 'SIGSEGV' }], good])),
  overcome(
    'E202',
    tries([[{ hang: 'quiet' }], good], { limits: { idle_minutes: 0.02, timeout_minutes: 1, attempts: 2 } }),
  ),
  overcome(
    'E203',
    tries([[{ hang: 'busy' }], good], { limits: { idle_minutes: 1, timeout_minutes: 0.1, attempts: 2 } }),
  ),
  overcome('E204', tries([[{ write: { path: 'a.txt', text: '<<<<<<< a\n=======\n>>>>>>> b\n' } }], good])),
  overcome('E205', tries([[{ say: 'done!' }], good])),
  overcome('E208', tries([failing('insufficient_quota')], second)),
  overcome('E301', tries([[{ say: 'FATAL ERROR: JavaScript heap out of memory' }, { exit: 134 }], good])),
  overcome('E302', tries([failing('write: ENOSPC, no space left on device'), good])),
  overcome(
    'E501',
    tries([[{ write: { path: 'a.txt', text: 'bad\n' } }], good], { gate: ['! grep -q bad a.txt 2>/dev/null'] }),
  ),
  {
    ...overcome('E502', tries([[{ write: { path: 'a.txt', text: 'bad\n' } }], good])),
    plan: {
      ...tries([[{ write: { path: 'a.txt', text: 'bad\n' } }], good]),
      workstreams: [{ id: 'a', acceptance_tests: [{ name: 'good', run: 'grep -q by a.txt' }] }],
    },
  },
  {
    codes: ['E503'],
    plan: tries([[WRITE, { write: { path: 'elsewhere.txt', text: 'x\n' } }]]),
    exit: 0,
    isOvercome: false,
  },
  {
    codes: ['E504'],
    plan: {
      script: { a: good },
      config: { gate: ['./flaky.sh'] },
      files: {
        'flaky.sh': '#!/bin/sh\n[ -e a.txt ] || exit 0\n[ -e {marks}/seen ] || { touch {marks}/seen; exit 1; }\n',
      },
    },
    exit: 0,
    isOvercome: false,
  },
  {
    codes: ['E601'],
    plan: tries([[{ use: { tokens_in: 9, tokens_out: 1, usd: 2 } }, { exit: 1 }]], {
      limits: { attempts: 2, workstream_budget_usd: 1 },
    }),
    exit: 1,
    isOvercome: false,
  },
  { codes: ['E602'], plan: tries([failing('Error: no')]), exit: 1, isOvercome: false },
  { codes: ['E603'], plan: tries([good], { landing: { approve: ['a'] } }), exit: 3, isOvercome: false },
]

/** Codes that another test causes: its text names the code, or what stands behind the file. */
const ELSEWHERE: Partial<Record<Code, string>> = {
  E101: 'cli/bad-input',
  E102: 'plan/load',
  E103: 'cli/bad-input',
  W104: 'plan/render',
  E105: 'cli/bad-input',
  E106: 'cli/bad-input',
  E206: 'attempt/judge',
  E207: 'coordinator/circles',
  E304: 'coordinator/vitals',
  W201: 'coordinator/vitals',
  W202: 'coordinator/vitals',
  W203: 'attempt/thresholds disk_io',
  W204: 'coordinator/vitals',
  W210: 'coordinator/vitals',
  E305: 'faults/machine',
  E402: 'cli/run',
  E403: 'cli/resume',
  E404: 'landing/left-behind',
  E405: 'coordinator/guard',
  W407: 'cli/publish',
  E506: 'cli/bad-input',
  W508: 'cli/left-behind',
  E605: 'store/sqlite',
  E607: 'cli/change',
}

describe.concurrent('a fault in a run', () => {
  it.each(FAULTS.map((fault) => [fault.codes.join(', '), fault] as const))(
    '%s is found, overcome where it can be, and explained with what happened',
    async (_, { codes, plan, exit, isOvercome }) => {
      await using repo = await planned(plan)
      const run = await repo.sluice('run')
      expect({ exit: run.exit, said: run.exit === exit ? '' : run.stderr }).toEqual({ exit, said: '' })
      for (const code of codes) {
        const { stdout } = await repo.sluice('explain', code)
        expect(stdout).toMatch(/^here {7}\d\d:\d\d:\d\d a/m)
        expect(stdout.match(/^(manual|.{11}sluice) .*\bID\b/m)).toBeNull()
        if (isOvercome && code.startsWith('E')) expect(stdout).toMatch(/^repaired {3}a: attempt 1 by demo/m)
      }
      const { fixes } = await repo.report()
      const commit = await repo.git(['rev-parse', 'main'])
      const proofs = isOvercome ? [expect.stringContaining(commit)] : []
      expect(fixes.map(({ proof }) => proof)).toEqual(proofs)
    },
  )
})

describe('a fault elsewhere', () => {
  it('E401: a tool removes the link of its worktree; it is put back, and the work pinned', async () => {
    await using repo = await planned(tries([[WRITE, { run: 'rm .git' }]]))
    expect((await repo.sluice('run')).exit).toBe(0)
    const work = await repo.git(['rev-parse', 'refs/sluice/wip/a/1'])
    const { fixes } = await repo.report()
    expect(fixes).toMatchObject([{ code: 'E401', workstream: 'a', proof: `the work is pinned as ${work}` }])
    expect((await repo.sluice('explain', 'E401')).stdout).toMatch(
      /^repaired {3}a: the \.git file of the worktree was gone/m,
    )
  })

  it('fault 48: E303: the network is gone; it waits, and the try is not spent', async () => {
    await using repo = await planned(tries([failing('getaddrinfo ENOTFOUND api.example.org')]))
    const run = repo.start('run')
    await run.event({ type: 'tool.waiting', why: 'network' })
    await run.kill()
    const { stdout } = await repo.sluice('explain', 'E303')
    expect(stdout).toMatch(/^here {7}.* a \(1\): .*network/m)
  })

  it('E604: the store is locked by somebody else for too long', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const other = new DatabaseSync(join(repo.root, '.sluice/sluice.db'))
    other.exec('begin immediate')
    const skipped = await repo.sluice('skip', 'a')
    other.close()
    expect(skipped).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^E604 .*locked[^]*fuser/) })
  })

  it('E406: a folder that nobody may remove', async () => {
    // Of all folders, those of the kernel: not even root can.
    await mkdir('/proc/self/attr', { recursive: true })
    await expect(removeTree('/proc/self/attr')).rejects.toMatchObject({ failure: { code: 'E406' } })
  })
})

it('every code has a test that causes it', () => {
  const here: string[] = [...FAULTS.flatMap(({ codes }) => codes), 'E401', 'E303', 'E604', 'E406']
  const lost = ENTRIES.map(({ code }) => code).filter((code) => {
    const [name, word = code] = ELSEWHERE[code]?.split(' ') ?? []
    const file = join(import.meta.dirname, '..', `${name}.test.ts`)
    return !here.includes(code) && !(existsSync(file) && readFileSync(file, 'utf8').includes(word))
  })
  expect(lost).toEqual([])
})
