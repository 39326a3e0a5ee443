/** One turn with an agent: hello, a session (the earlier one where it can be taken up again), the brief, the end. */
import { readFile } from 'node:fs/promises'
import {
  type ClientContext,
  type InitializeRequest,
  methods,
  type NewSessionResponse,
  PROTOCOL_VERSION,
  type SessionConfigOption,
} from '@agentclientprotocol/sdk/unstable'
import type { ToolEvent } from '../tool.ts'
import type { Trouble } from '../trouble.ts'
import type { AcpOrder } from './order.ts'
import type { SessionEvents } from './session-events.ts'
import { stopTrouble } from './trouble.ts'
import type { TurnUsage } from './usage.ts'

/** Files and commands are the agent's own affair: it works in its worktree as any other tool does. */
const HELLO: InitializeRequest = {
  protocolVersion: PROTOCOL_VERSION,
  clientInfo: { name: 'sluice', title: 'Sluice', version: '1' },
  clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
}

export interface Turn {
  agent: ClientContext
  order: AcpOrder
  events: SessionEvents
  usage: TurnUsage
  tell: (event: ToolEvent) => void
  /** Called with the session's name as soon as it can be cancelled by it. */
  begun: (session: string) => void
}

/** The turn to its end: null when that was a good one. Throws what a request was answered with. */
export async function takeTurn({ agent, order, events, usage, tell, begun }: Turn): Promise<Trouble | null> {
  const hello = await agent.request(methods.agent.initialize, HELLO)
  if (hello.protocolVersion !== PROTOCOL_VERSION) {
    const message = `it speaks version ${hello.protocolVersion} of ACP, not ${PROTOCOL_VERSION}`
    return { kind: 'protocol', status: null, message }
  }
  const session = await openSession(agent, order, hello.agentCapabilities?.loadSession === true)
  tell({ type: 'session', id: session.sessionId })
  if (order.model !== null) {
    const trouble = await chooseModel(agent, session, order.model)
    if (trouble !== null) return trouble
  }
  const text = await readFile(order.promptFile, 'utf8')
  events.begin()
  usage.begin()
  begun(session.sessionId)
  const end = await agent.request(methods.agent.session.prompt, {
    sessionId: session.sessionId,
    prompt: [{ type: 'text', text }],
  })
  for (const event of [...events.flush(), ...usage.used(end)]) tell(event)
  return stopTrouble(end.stopReason, events.lastSaid)
}

type Session = Pick<NewSessionResponse, 'sessionId' | 'configOptions'>

/** An earlier session that is gone is no reason not to begin: what it made is in the worktree, and the brief says the rest. */
async function openSession(agent: ClientContext, { session: earlier }: AcpOrder, canLoad: boolean): Promise<Session> {
  const here = { cwd: process.cwd(), mcpServers: [] }
  if (earlier !== null && canLoad) {
    try {
      const loaded = await agent.request(methods.agent.session.load, { ...here, sessionId: earlier })
      return { ...loaded, sessionId: earlier }
    } catch (error) {
      console.error(`its session ${earlier} cannot be taken up again: ${String(error)}`)
    }
  }
  return await agent.request(methods.agent.session.new, here)
}

async function chooseModel(agent: ClientContext, session: Session, model: string): Promise<Trouble | null> {
  const option = session.configOptions?.find(({ category }) => category === 'model')
  if (option === undefined || !offers(option, model)) {
    const message = `model not found: it does not offer ${model}; say it in the agent's own arguments`
    return { kind: 'model', status: null, message }
  }
  const { sessionId } = session
  await agent.request(methods.agent.session.setConfigOption, { sessionId, configId: option.id, value: model })
  return null
}

function offers(option: SessionConfigOption, model: string): boolean {
  if (option.type !== 'select') return false
  return option.options.some((one) => ('value' in one ? [one] : one.options).some(({ value }) => value === model))
}
