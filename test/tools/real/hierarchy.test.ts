/**
 * The default hierarchy with the agents that it is made of: Aider, then Copilot, then a person. Aider has half of the work
 * done when it meets a limit for good: that half is kept, whoever goes on.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Fault, Script, Step } from '../../kit/model-server/script.ts'
import { straysOf } from '../../kit/traces.ts'
import { isInstalled } from './agents.ts'
import { orExplained, roomFor, settingsOf, type Room } from './room.ts'
import { watchedStage } from './stage.ts'

const stage = watchedStage()

const [BROKEN, WHOLE] = ['def b(:', 'def b():']

/** Aider looks at what it wrote, finds that it is no Python, and asks its model once more: that meets the limit. */
const HALF: Script = {
  steps: [
    { do: 'write', path: 'a.txt', text: 'by aider\n' },
    { do: 'write', path: 'b.py', text: `${BROKEN}\n    return 'by aider'\n` },
  ],
  faults: [{ kind: 'rate', afterRequests: 1, retryAfterSeconds: 2 }],
}

/** Can only be done where Aider's edit is. */
const REST: Step[] = [
  { do: 'read', path: 'b.py' },
  { do: 'edit', path: 'b.py', old: BROKEN, new: WHOLE },
  { do: 'say', text: 'b.py is Python now.' },
]

let rooms = 0

async function roomOf(copilotsFaults: Fault[]): Promise<Room> {
  const copilots = stage().server.script(`hierarchy-${++rooms}`, { steps: REST, faults: copilotsFaults })
  return roomFor(stage().server, 'aider', {
    script: HALF,
    workstreams: [{ id: 'a', tasks: ['Write the files a.txt and b.py.'], files_scope: ['a.txt', 'b.py'] }],
    order: ['aider', 'copilot', 'manual'],
    tools: { copilot: settingsOf('copilot', copilots) },
    gate: `! grep -qF '${BROKEN}' b.py`,
  })
}

const here = isInstalled('aider') && isInstalled('copilot') ? it.concurrent : it.skip

here('Aider meets a limit twice; its edit is kept, Copilot finishes, and it lands', async () => {
  await using room = await roomOf([])
  const { exit, stderr } = await room.sluice('run', '--no-input')
  await orExplained(room, stderr, async () => {
    expect(await room.tries()).toEqual(['aider rate', 'aider rate', 'copilot ok'])
    expect(exit).toBe(0)
  })
  expect(await room.git(['show', 'main:a.txt'])).toBe('by aider')
  expect(await room.git(['show', 'main:b.py'])).toBe(`${WHOLE}\n    return 'by aider'`)
  // The next one is told what was tried, and the switch is on record.
  const brief = await readFile(join(await room.attemptFolder('a.3'), 'brief.md'), 'utf8')
  expect(brief).toMatch(/aider.*rate/i)
  expect(await room.read('.sluice/logs/tool_fallback.log')).toMatch(/a .*aider.*copilot/)
  expect(straysOf(room.dir)).toEqual([])
})

here('when Copilot fails too it waits for a person, who goes on from the edit, and `submit` lands it', async () => {
  await using room = await roomOf([{ kind: 'auth' }])
  const { exit, stderr } = await room.sluice('run', '--no-input')
  await orExplained(room, stderr, async () => {
    expect(await room.tries()).toEqual(['aider rate', 'aider rate', 'copilot auth', 'manual running'])
    expect(exit).toBe(3)
  })
  expect(await room.status()).toMatchObject({
    workstreams: [{ id: 'a', state: 'waiting' }],
    needsYou: [{ workstream: 'a', commands: ['sluice open a', 'sluice submit a'] }],
  })
  const opened = JSON.parse((await room.sluice('open', 'a', '--json')).stdout) as { path: string }
  expect(await room.read(join(opened.path, 'a.txt'))).toBe('by aider\n')
  await room.write(join(opened.path, 'b.py'), `${WHOLE}\n    return 'by hand'\n`)
  expect(await room.sluice('submit', 'a')).toMatchObject({ exit: 0, stderr: '' })
  expect((await room.sluice('run', '--no-input')).exit).toBe(0)
  expect(await room.git(['show', 'main:a.txt'])).toBe('by aider')
  expect(await room.git(['show', 'main:b.py'])).toBe(`${WHOLE}\n    return 'by hand'`)
  expect(straysOf(room.dir)).toEqual([])
})
