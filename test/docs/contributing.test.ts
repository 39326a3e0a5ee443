/** The example of a tool in CONTRIBUTING is taken from there, compiled as a file of `src/tools`, and drives a program. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BUILT_IN_TOOLS } from '../../src/model/config.ts'
import type { Agent } from '../../src/tools/agent.ts'
import { agentTool } from '../../src/tools/agent.ts'
import { toolsOf } from '../../src/tools/registry.ts'
import { scene } from '../process/scene.ts'
import { configOf, settings, writeProgram } from '../tools/stage.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
const [example = '', line = ''] = [...PAGE.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, body]) => body!)

it('the example compiles, finds its program and its key, and reads its lines', async () => {
  await using s = await scene()
  // As in `src/tools`, from where it is now.
  const source = example.replaceAll("'./", `'${join(ROOT, 'src/tools')}/`)
  await writeFile(s.at('tiny.ts'), source)
  const config = { extends: join(ROOT, 'tsconfig.json'), files: ['tiny.ts'], include: [] }
  const types = { typeRoots: [join(ROOT, 'node_modules/@types')] }
  await writeFile(s.at('tsconfig.json'), JSON.stringify({ ...config, compilerOptions: types }))
  await writeFile(s.at('package.json'), JSON.stringify({ type: 'module' }))
  const tsc = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', s.dir], { encoding: 'utf8' })
  expect(tsc.stdout).toBe('')
  expect(tsc.status).toBe(0)

  const { tiny } = (await import(/* @vite-ignore */ s.at('tiny.ts'))) as { tiny: Agent }
  mkdirSync(s.at('bin'))
  const path = writeProgram(s.at('bin'), 'tiny', '#!/bin/sh\necho tiny 1.2.3\n')
  const environment = { PATH: `${s.at('bin')}:/usr/bin:/bin`, TINY_API_KEY: 'k' }
  const tool = agentTool(tiny, settings())
  const found = await tool.detect({ root: s.dir, environment, versions: true })
  expect(found).toMatchObject({ installed: true, version: '1.2.3', path, auth: 'found', reason: null })
  const read = tool.parser!()
  expect(read('{"type":"tool","name":"write","input":{"path":"a.txt"}}')).toEqual([
    { type: 'called', name: 'write', paths: ['a.txt'] },
  ])
  expect(read('{"type":"error","status":429,"message":"slow down"}')).toMatchObject([{ trouble: { status: 429 } }])
  expect(read('{"type":"end","ok":true,"in":10,"out":2}')).toMatchObject([
    { usage: { tokensIn: 10, tokensOut: 2 } },
    { type: 'ended', well: true },
  ])
})

it('the line is the one of the registry, with one name more', () => {
  const registry = readFileSync(join(ROOT, 'src/tools/registry.ts'), 'utf8')
  const now = /^const AGENTS: [^\n]*\[(.*)\]$/m.exec(registry)![0]
  expect(line.trim()).toBe(now.replace(/\]$/, ', tiny]'))
})

it('whatever sluice.yaml may name without a command is a tool', async () => {
  const tools = toolsOf(configOf([], {}))
  for (const name of BUILT_IN_TOOLS) {
    const { reason } = await tools.get(name)!.detect({ root: ROOT, environment: {}, versions: false })
    expect([name, reason]).not.toEqual([name, expect.stringContaining('its command')])
  }
})
