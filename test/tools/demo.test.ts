import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { killTree } from '../../src/process/kill.ts'
import { treeSampler } from '../../src/process/sampler.ts'
import { demoTool } from '../../src/tools/demo.ts'
import { NOTHING_HEARD } from '../../src/tools/heard.ts'
import { sampleTask, settings, stage } from './stage.ts'
import type { Stage } from './stage.ts'

const tool = demoTool('demo', settings({ script: 'demo.yaml' }))

function script(s: Stage, text: string): void {
  writeFileSync(s.at('root/demo.yaml'), text)
}

const log = (s: Stage, attempt = 1): string => readFileSync(s.at(`attempt-${attempt}/out.log`), 'utf8')

describe('the demo tool', () => {
  it('edits, talks, runs and commits, as the script says', async () => {
    await using s = await stage()
    script(
      s,
      `
workstreams:
  ws-01:
    - write: { path: src/a.txt, text: "one by {workstream} in {attempt}\\n" }
    - append: { path: src/a.txt, text: "two\\n" }
    - replace: { path: src/a.txt, from: two, to: "$& three" }
    - commit: first step of {workstream}
    - write: { path: gone.txt, text: x }
    - delete: gone.txt
    - say: hello
    - run: echo "$SLUICE_WORKSTREAM $SLUICE_ATTEMPT" >ran; echo running
`,
    )
    expect(await (await s.start(tool)).exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(s.at('worktree/src/a.txt'), 'utf8')).toBe('one by ws-01 in 1\n$& three\n')
    expect(s.git('log', '--format=%s')).toBe('first step of ws-01\nbase\n')
    expect(s.git('status', '--porcelain')).toBe('?? ran\n')
    expect(readFileSync(s.at('worktree/ran'), 'utf8')).toBe('ws-01 1\n')
    expect(log(s)).toContain('edit src/a.txt\n')
    expect(log(s)).toContain('hello\nrunning\n')
  })

  it('waits for a file and signals by one, so that a test can drive it', async () => {
    await using s = await stage()
    script(s, `workstreams: { "*": [ { signal: here }, { wait: go }, { write: { path: after, text: x } } ] }`)
    const running = await s.start(tool)
    await s.reached('root/here')
    expect(existsSync(s.at('worktree/after'))).toBe(false)
    writeFileSync(s.at('root/go'), '')
    expect(await running.exited).toEqual({ code: 0, signal: null })
    expect(existsSync(s.at('worktree/after'))).toBe(true)
  })

  it('does not wait for ever', async () => {
    await using s = await stage()
    script(s, `workstreams: { ws-01: [ { wait: { file: never, timeout_ms: 1 } } ] }`)
    expect(await (await s.start(tool)).exited).toEqual({ code: 1, signal: null })
    expect(log(s)).toContain('never did not appear')
  })

  it('has a list of steps per attempt, of which the last one stays', async () => {
    await using s = await stage()
    script(s, `{"workstreams": {"ws-01": [[{"exit": 3}], [{"sleep": 1}, {"crash": "SIGTERM"}]]}}`)
    expect(await (await s.start(tool, { attempt: 1 })).exited).toEqual({ code: 3, signal: null })
    expect(await (await s.start(tool, { attempt: 2 })).exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(await (await s.start(tool, { attempt: 3 })).exited).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('does nothing for a workstream that the script does not know', async () => {
    await using s = await stage()
    script(s, `workstreams: { other: [ { exit: 3 } ] }`)
    const exit = await (await s.start(tool, { workstream: sampleTask() })).exited
    expect(exit).toEqual({ code: 0, signal: null })
    expect(tool.classify({ code: 0, signal: null }, log(s), false, NOTHING_HEARD)).toMatchObject({ kind: 'no-change' })
  })

  it('ends with an error when a step fails', async () => {
    await using s = await stage()
    script(
      s,
      `workstreams: { ws-01: [ [ { run: exit 9 } ], [ { write: { path: a, text: b } }, { replace: { path: a, from: x, to: y } } ] ] }`,
    )
    expect(await (await s.start(tool, { attempt: 1 })).exited).toEqual({ code: 1, signal: null })
    expect(log(s)).toContain('error: /bin/sh ended with 9')
    expect(await (await s.start(tool, { attempt: 2 })).exited).toEqual({ code: 1, signal: null })
    expect(log(s, 2)).toContain('error: a does not hold "x"')
  })

  it('hangs, busy or quiet, or with a question, until it is killed', async () => {
    await using s = await stage()
    script(
      s,
      `workstreams: { ws-01: [ [ { signal: one }, { hang: busy } ], [ { signal: two }, { hang: quiet } ], [ { ask: "Sure? [y/N] " }, { say: never } ] ] }`,
    )
    const busy = await s.start(tool, { attempt: 1 })
    await s.reached('root/one')
    const sample = treeSampler()
    const used = (): number => sample([busy.tree], { disk: false }).get(s.nonce)!.cpuMs
    while (used() < 50) await new Promise(setImmediate)
    await killTree(busy.tree, { graceMs: 30_000 })
    expect(await busy.exited).toEqual({ code: null, signal: 'SIGTERM' })

    const quiet = await s.start(tool, { attempt: 2 })
    await s.reached('root/two')
    await killTree(quiet.tree, { graceMs: 30_000 })
    expect(await quiet.exited).toEqual({ code: null, signal: 'SIGTERM' })

    const asking = await s.start(tool, { attempt: 3 })
    while (!log(s, 3).includes('[y/N]')) await new Promise(setImmediate)
    await killTree(asking.tree, { graceMs: 30_000 })
    expect(await asking.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(log(s, 3)).toBe('Sure? [y/N] ')
  })

  it('reports every mistake of its script before anything starts', async () => {
    await using s = await stage()
    const detect = () => tool.detect({ root: s.at('root'), environment: {}, versions: false })
    expect(await detect()).toMatchObject({ installed: false, reason: expect.stringContaining('cannot be read') })
    script(
      s,
      `workstreams: { a: [ { wrte: { path: x } } ], b: [ { write: x } ], c: x, d: [ { say: a, exit: 1 } ], e: [ [ { exit: now } ] ] }`,
    )
    const { installed, reason } = await detect()
    expect(installed).toBe(false)
    for (const part of ['a, step 1: unknown step `wrte`, did you mean `write`?', '`write` is written { path, text }']) {
      expect(reason).toContain(part)
    }
    for (const part of ['c: a list of steps', 'd, step 1: a step has one key', '`exit` is written CODE']) {
      expect(reason).toContain(part)
    }
    await expect(tool.prepare(s.context())).rejects.toMatchObject({ failure: { code: 'E103' }, exit: 2 })
    script(s, 'workstreams: [')
    expect((await detect()).installed).toBe(false)
    script(s, 'nothing: here')
    expect((await detect()).reason).toContain('`workstreams` is missing')
    script(s, 'workstreams: { a: [] }')
    expect(await detect()).toMatchObject({ installed: true, path: s.at('root/demo.yaml'), reason: null })
  })

  it('needs a script', async () => {
    await using s = await stage()
    const { reason } = await demoTool('demo', settings()).detect({ root: s.dir, environment: {}, versions: false })
    expect(reason).toBe('demo tool: it has no script')
  })

  it('tells its events line by line', () => {
    const read = tool.parser!()
    expect(read('edit src/a.txt')).toEqual([{ type: 'edited', path: 'src/a.txt' }])
    expect(read('hello')).toEqual([{ type: 'said', text: 'hello' }])
    expect(read(' ')).toEqual([])
  })
})
