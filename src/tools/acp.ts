/**
 * The Agent Client Protocol: any agent that speaks it, by its command, and the known ones with `transport: acp`. A client of
 * ours (`acp/client.ts`) is what is started; the agent is its child. The client prints one event a line, which is read here.
 */
import type { ToolSettings } from '../model/config.ts'
import { entryPath } from '../process/entry.ts'
import { fieldsOf } from '../process/files.ts'
import type { AcpOrder } from './acp/order.ts'
import { agentOutcome } from './agent-outcome.ts'
import { detectCommand, programFor } from './command.ts'
import { jsonLines, numberOf, said, textOf } from './json-lines.ts'
import { fillArgv, toolEnvironment } from './start.ts'
import type { AttemptContext, ProcessTool, ToolEvent } from './tool.ts'
import type { Trouble } from './trouble.ts'

/** An agent by its command: `settings.command`, which is told nothing of the workstream but by the protocol. */
export function acpTool(id: string, settings: ToolSettings): ProcessTool {
  const command = settings.command ?? []
  const program = command[0] ?? ''
  return {
    kind: 'process',
    id,
    detect: ({ root, environment }) => detectCommand(id, command, ['events', 'usage', 'resume'], { root, environment }),
    prepare(context) {
      const argv = fillArgv([...command, ...settings.args], context)
      argv[0] = programFor(program, context) ?? argv[0]!
      return Promise.resolve({
        argv: clientArgv(argv, context, settings.permissions, settings.model),
        env: toolEnvironment(context, settings),
        stdinFile: null,
        files: [],
      })
    },
    classify: (exit, tail, hasDifference, heard) =>
      agentOutcome({ exit, tail, hasDifference, heard, endsByExit: false }),
    parser: readClient,
    printsEvents: true,
  }
}

/** The argv of the client for an agent; `model` is to be chosen by the protocol. */
export function clientArgv(
  agent: readonly string[],
  { promptFile, session, dir }: AttemptContext,
  permissions: ToolSettings['permissions'],
  model: string | null,
): string[] {
  const order: AcpOrder = { promptFile, session, model, permissions, answers: dir }
  const entry = entryPath(import.meta.url, { source: 'acp/client.ts', built: 'acp-client.js' })
  return [process.execPath, entry, JSON.stringify(order), ...agent]
}

/** A reader of what the client prints. */
export function readClient(): (line: string) => ToolEvent[] {
  return jsonLines(read)
}

/** Lines of an agent's own, on its standard error, may look like anything. */
function read(event: Record<string, unknown>): ToolEvent[] {
  switch (event['type']) {
    case 'session':
      return [{ type: 'session', id: textOf(event['id']) }]
    case 'said':
      return said(event['text'])
    case 'called':
      return [{ type: 'called', name: textOf(event['name']), paths: textsOf(event['paths']) }]
    case 'edited':
      return [{ type: 'edited', path: textOf(event['path']) }]
    case 'used':
      return [{ type: 'used', of: 'all', usage: usageIn(event['usage']) }]
    case 'asked':
      return [{ type: 'asked', id: textOf(event['id']), what: textOf(event['what']) }]
    case 'answered':
      return [{ type: 'answered', id: textOf(event['id']) }]
    case 'denied':
      return [{ type: 'denied', what: textOf(event['what']) }]
    case 'failed':
      return [{ type: 'failed', trouble: troubleIn(event['trouble']) }]
    case 'ended':
      return [{ type: 'ended', well: event['well'] === true }]
    default:
      return []
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function usageIn(value: unknown): Extract<ToolEvent, { type: 'used' }>['usage'] {
  const { tokensIn, tokensCached, tokensOut, costUsd } = fieldsOf(value)
  return {
    tokensIn: numberOf(tokensIn) ?? 0,
    tokensCached: numberOf(tokensCached) ?? 0,
    tokensOut: numberOf(tokensOut) ?? 0,
    costUsd: numberOf(costUsd),
  }
}

function troubleIn(value: unknown): Trouble {
  const { kind, status, message } = fieldsOf(value)
  const known = TOLD_KINDS.find((one) => one === kind) ?? null
  return { kind: known, status: numberOf(status), message: textOf(message) }
}

/** What the client is sure of; everything else is read off the message. */
const TOLD_KINDS = ['auth', 'model', 'refusal', 'overflow', 'protocol'] as const
