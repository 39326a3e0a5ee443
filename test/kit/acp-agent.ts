/**
 * An agent that speaks ACP and does what a script says: `node acp-agent.ts SCRIPT.json`, a process of its own like any
 * agent. The script holds lists of steps by workstream (`*`: all others); a list of lists is one for each attempt.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import {
  agent,
  type AgentContext,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  type PromptResponse,
  RequestError,
  type SessionUpdate,
  type StopReason,
  type Usage,
} from '@agentclientprotocol/sdk/unstable'
import { untilExists } from '../../src/process/appear.ts'
import { answerFile } from '../../src/tools/acp/order.ts'

export type AcpStep =
  | { do: 'say'; text: string }
  | { do: 'write'; path: string; text: string }
  /** Asks, and does `allowed` when it may; says so when it may not. */
  | { do: 'ask'; title: string; kind?: 'execute'; command?: string; allowed: readonly AcpStep[] }
  /** Tries to answer its next question itself. */
  | { do: 'forge' }
  | { do: 'mark'; file: string }
  | { do: 'wait'; file: string }
  | { do: 'use'; usage: Partial<Usage>; usd?: number }
  | { do: 'fail'; code: number; message: string; data?: unknown }
  /** Ends the turn so. */
  | { do: 'stop'; reason: StopReason }
  /** Does nothing more until it is cancelled; `deaf`: not even then. */
  | { do: 'hang'; deaf?: boolean }
  | { do: 'exit'; code: number }
  /** Not a line of the protocol. */
  | { do: 'garbage' }

export interface AcpScript {
  steps: Record<string, readonly AcpStep[] | readonly (readonly AcpStep[])[]>
  /** Missing: that of the protocol. */
  version?: number
  /** It says that it can take sessions up again; one that has this name is there. */
  knows?: string
  models?: string[]
  needsLogin?: boolean
}

const WAIT_MS = 30_000

/** What a test gives as `command`. */
export function acpAgent(script: string): string[] {
  return [process.execPath, import.meta.filename, script]
}

if (process.argv[1] === import.meta.filename) serve(JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as AcpScript)

function serve(script: AcpScript): void {
  const cancelled = Promise.withResolvers<void>()
  let model = 'none'
  const options = (script.models ?? []).map((value) => ({ value, name: value }))
  const configOptions =
    options.length === 0
      ? {}
      : {
          configOptions: [
            {
              type: 'select' as const,
              id: 'm',
              name: 'Model',
              category: 'model',
              currentValue: options[0]!.value,
              options,
            },
          ],
        }
  agent({ name: 'scripted' })
    .onRequest(methods.agent.initialize, () => ({
      protocolVersion: script.version ?? PROTOCOL_VERSION,
      agentCapabilities: { loadSession: script.knows !== undefined },
    }))
    .onRequest(methods.agent.session.new, () => {
      if (script.needsLogin === true) throw RequestError.authRequired()
      return { sessionId: 'new-session', ...configOptions }
    })
    .onRequest(methods.agent.session.load, async ({ params: { sessionId }, client }) => {
      if (sessionId !== script.knows) throw RequestError.resourceNotFound(sessionId)
      await tell(client, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'said long ago' } })
      return {}
    })
    .onRequest(methods.agent.session.setConfigOption, ({ params }) => {
      model = String(params.value)
      return { configOptions: [] }
    })
    .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
      const brief = params.prompt.map((block) => (block.type === 'text' ? block.text : '')).join('')
      const place: Place = {
        client,
        brief,
        model: () => model,
        cancelled: cancelled.promise,
        end: { stopReason: 'end_turn' },
      }
      await perform(stepsOf(script), place)
      return place.end
    })
    .onNotification(methods.agent.session.cancel, () => cancelled.resolve())
    .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>))
}

function stepsOf({ steps }: AcpScript): readonly AcpStep[] {
  const own = steps[process.env['SLUICE_WORKSTREAM'] ?? ''] ?? steps['*'] ?? []
  const [first] = own
  if (!Array.isArray(first)) return own as readonly AcpStep[]
  const lists = own as readonly (readonly AcpStep[])[]
  return lists[Number(process.env['SLUICE_ATTEMPT']) - 1] ?? lists.at(-1)!
}

interface Place {
  client: AgentContext
  brief: string
  model: () => string
  cancelled: Promise<void>
  end: PromptResponse
}

/** True when the turn is over. */
async function perform(steps: readonly AcpStep[], place: Place): Promise<boolean> {
  for (const [index, step] of steps.entries()) if (await performed(step, `call-${index}`, place)) return true
  return false
}

async function performed(step: AcpStep, toolCallId: string, place: Place): Promise<boolean> {
  const { client, end } = place
  switch (step.do) {
    case 'say': {
      const text = step.text.replace('{brief}', place.brief).replace('{model}', place.model())
      for (const piece of text.match(/.{1,5}/gs) ?? []) await said(client, piece)
      return false
    }
    case 'write': {
      const path = join(process.cwd(), step.path)
      const call = { toolCallId, title: `Write ${step.path}`, locations: [{ path }] }
      await tell(client, { sessionUpdate: 'tool_call', ...call, kind: 'edit', status: 'in_progress' })
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, step.text)
      const content = [{ type: 'diff' as const, path, newText: step.text }]
      await tell(client, { sessionUpdate: 'tool_call_update', toolCallId, status: 'completed', content })
      return false
    }
    case 'ask': {
      const { outcome } = await client.request(methods.client.session.requestPermission, {
        sessionId: 'new-session',
        toolCall: {
          toolCallId,
          title: step.title,
          ...(step.kind === undefined ? {} : { kind: step.kind }),
          rawInput: { command: step.command },
        },
        options: [
          { optionId: 'always', name: 'Always', kind: 'allow_always' },
          { optionId: 'once', name: 'Once', kind: 'allow_once' },
          { optionId: 'no', name: 'No', kind: 'reject_once' },
        ],
      })
      if (outcome.outcome === 'selected' && outcome.optionId === 'once') return await perform(step.allowed, place)
      await said(client, `I may not: ${outcome.outcome === 'selected' ? outcome.optionId : outcome.outcome}`)
      return false
    }
    case 'forge': {
      const answer = answerFile(dirname(process.env['SLUICE_PROMPT_FILE']!), '1')
      try {
        writeFileSync(answer, JSON.stringify({ allow: true, by: 'itself', comment: null }))
      } catch (error) {
        await said(client, `cannot answer itself: ${(error as NodeJS.ErrnoException).code}`)
      }
      return false
    }
    case 'mark':
      writeFileSync(step.file, '')
      return false
    case 'wait':
      await untilExists(step.file, { timeoutMs: WAIT_MS })
      return false
    case 'use':
      end.usage = { totalTokens: 0, inputTokens: 0, outputTokens: 0, ...step.usage }
      if (step.usd !== undefined) {
        const cost = { amount: step.usd, currency: 'USD' }
        await tell(client, { sessionUpdate: 'usage_update', used: 1, size: 2, cost })
      }
      return false
    case 'fail':
      throw new RequestError(step.code, step.message, step.data)
    case 'stop':
      end.stopReason = step.reason
      return true
    case 'hang':
      if (step.deaf === true) {
        process.on('SIGTERM', () => {})
        setInterval(() => {}, WAIT_MS)
        await new Promise(() => {})
      }
      await place.cancelled
      end.stopReason = 'cancelled'
      return true
    case 'exit':
      process.exit(step.code)
    case 'garbage':
      process.stdout.write('Welcome!\n')
      return false
  }
}

function said(client: AgentContext, text: string): Promise<void> {
  return tell(client, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
}

function tell(client: AgentContext, update: SessionUpdate): Promise<void> {
  return client.notify(methods.client.session.update, { sessionId: 'new-session', update })
}
