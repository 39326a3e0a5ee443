/**
 * The scripted tool of the demo and the tests: it does what a file says, step by step, as a process of its own like
 * any agent. The script is read and checked here, so that a mistake in it is reported before anything starts.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ToolSettings } from '../model/config.ts'
import { EXIT, SluiceError, messageOf } from '../model/failure.ts'
import { entryPath } from '../process/entry.ts'
import { classifyExit } from './classify.ts'
import { readScript, stepsFor } from './demo/script.ts'
import type { Script } from './demo/script.ts'
import { toolEnvironment } from './start.ts'
import type { ProcessTool, ToolEvent } from './tool.ts'

export function demoTool(id: string, settings: ToolSettings): ProcessTool {
  return {
    kind: 'process',
    id,
    async detect({ root }) {
      const reason = await problemOf(settings, root)
      return {
        installed: reason === null,
        version: null,
        path: settings.script === null ? null : resolve(root, settings.script),
        abilities: ['unattended'],
        auth: 'not-needed',
        reason,
      }
    },
    async prepare(context) {
      const script = await load(settings, context.root)
      const steps = stepsFor(script, context.workstream.id, context.attempt)
      const path = join(context.dir, 'steps.json')
      return {
        argv: [process.execPath, entryPath(import.meta.url, { source: 'demo/agent.ts', built: 'demo-agent.js' }), path],
        env: toolEnvironment(context, settings),
        stdinFile: null,
        files: [{ path, text: `${JSON.stringify(steps, null, 2)}\n` }],
      }
    },
    classify: (exit, tail, hasDifference) => classifyExit(exit, tail, hasDifference, settings.successExitCodes),
    parser: () => parseLine,
  }
}

async function load(settings: ToolSettings, root: string): Promise<Script> {
  if (settings.script === null) throw mistake('it has no script', 'add `script: FILE` under `tools.demo`')
  const path = resolve(root, settings.script)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (thrown) {
    throw mistake(`its script cannot be read: ${messageOf(thrown)}`, 'correct `script` under `tools.demo`')
  }
  const script = await readScript(text, dirname(path))
  if (Array.isArray(script)) throw mistake(`${settings.script}: ${script.join('; ')}`, 'correct the script')
  return script
}

function mistake(message: string, fix: string): SluiceError {
  return new SluiceError({ code: 'E103', message: `demo tool: ${message}`, fix }, EXIT.usage)
}

async function problemOf(settings: ToolSettings, root: string): Promise<string | null> {
  try {
    await load(settings, root)
    return null
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown.failure.message
    throw thrown
  }
}

/** The agent prints `edit PATH` for what it changed and `use IN OUT USD` for what that took; everything else is talk. */
function parseLine(line: string): ToolEvent[] {
  const [, tokensIn, tokensOut, usd] = /^use (\d+) (\d+) ([\d.e-]+)$/.exec(line) ?? []
  if (usd !== undefined) {
    const usage = { tokensIn: Number(tokensIn), tokensCached: 0, tokensOut: Number(tokensOut), costUsd: Number(usd) }
    return [{ type: 'used', of: 'step', usage }]
  }
  if (line.startsWith('edit ')) return [{ type: 'edited', path: line.slice(5) }]
  return line.trim() === '' ? [] : [{ type: 'said', text: line }]
}
