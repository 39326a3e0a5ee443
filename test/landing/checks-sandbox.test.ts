/** Checks in the sandbox: they run code that agents wrote, so they are kept to their slot as agents are. */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { slotAt } from '../../src/git/slot.ts'
import { type CheckOutcome, gateDigest, runChecks } from '../../src/landing/checks.ts'
import { regenerateIn } from '../../src/landing/resolve/regenerate-in.ts'
import type { Config } from '../../src/model/config.ts'
import { UNBOXED } from '../kit/sandbox.ts'
import { configOf } from '../tools/stage.ts'
import { type Yard, yard } from './room.ts'

function place(y: Yard): { slot: ReturnType<typeof slotAt>; logFile: string; nonce: string; target: string } {
  const slot = slotAt(join(y.at.dir, 'work'), 'gates', 1)
  return { slot, logFile: join(y.at.dir, 'gate.log'), nonce: randomUUID(), target: 'main' }
}

function check(y: Yard, run: string, fields: Partial<Config> = {}): Promise<CheckOutcome> {
  return runChecks({
    ...place(y),
    repo: y.repo,
    commit: y.base,
    checks: [{ name: 'gate', run, timeoutMinutes: null, paths: [] }],
    config: { ...configOf([], {}), sandbox: 'auto', ...fields },
    changed: null,
  })
}

describe.skipIf(UNBOXED !== null)(`checks in the sandbox${UNBOXED ?? ''}`, () => {
  it('see the commit and its history, and write to their slot only', async () => {
    await using y = await yard({ files: { 'a.txt': 'a\n' } })
    writeFileSync(join(y.at.root, 'not tracked'), 'x')
    const { results } = await check(
      y,
      `cat a.txt && git log -1 --format=%s && echo x > built && echo x > "$HOME/x" && echo x > "$TMPDIR/x" || exit 1
       [ ! -e '${y.at.root}/not tracked' ] && [ ! -e '${y.repo.gitDir}/config' ] || exit 2
       (echo x > '${y.at.root}/evil') 2>/dev/null && exit 3
       # Into a /tmp of its own, or refused where PATH leads into the same folder.
       (echo x > '${y.at.dir}/evil') 2>/dev/null
       exit 0`,
    )
    expect(results).toMatchObject([{ exit: 0, tail: 'a\nfirst\n' }])
    for (const dir of [y.at.root, y.at.dir]) expect(existsSync(join(dir, 'evil'))).toBe(false)
  })

  it('have the network of the machine with auto, and none with strict', async () => {
    await using y = await yard({ files: { 'a.txt': 'a\n' } })
    const interfaces = 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'
    expect((await check(y, interfaces, { sandbox: 'strict' })).results).toMatchObject([{ exit: 0, tail: 'lo\n' }])
    const here = readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split(':')[0]!.trim())
    const [seen] = (await check(y, interfaces)).results
    expect(seen!.tail.trim().split('\n')).toEqual(here)
  })

  it('are set up in it, and so are files that are made again', async () => {
    await using y = await yard({ files: { 'a.txt': 'a\n' } })
    const evil = join(y.at.root, 'evil')
    const workspace = { ...configOf([], {}).workspace, setup: `echo x > ${evil}` }
    expect((await check(y, 'true', { workspace })).results).toMatchObject([{ name: 'set-up', exit: 2 }])
    const inSlot = { ...place(y), repo: y.repo, workspace: configOf([], {}).workspace, sandbox: 'auto' } as const
    const tree = await y.at.git(['rev-parse', 'HEAD^{tree}'])
    const order = { tree, command: `echo made > a.txt; (echo x > ${evil}) 2>/dev/null; true`, isDeclared: () => true }
    expect(await regenerateIn(inSlot)(order)).toMatchObject({ kind: 'ran', edits: [{ path: 'a.txt' }] })
    expect(existsSync(evil)).toBe(false)
  })
})

describe('a verdict', () => {
  it('counts for the sandbox that it was given in', () => {
    const config = configOf([], {})
    expect(gateDigest([], { ...config, sandbox: 'strict' })).not.toBe(gateDigest([], config))
  })
})
