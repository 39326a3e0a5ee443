/** Puts an answer on the wire: at once or as events, whole or broken as a fault wants it. */
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { NOTHING, REFUSED } from './answer.ts'
import type { Answer, Ask, Dialect, HttpAnswer } from './dialect.ts'
import type { Fault } from './script.ts'

export type Reply =
  | ({ kind: 'whole' } & HttpAnswer)
  | { kind: 'answer'; dialect: Dialect; ask: Ask; answer: Answer; fault: Fault | null; id: string }

const HTML = '<!DOCTYPE html><html><body><h1>Please log in to the network</h1></body></html>\n'

export async function answerWith(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.kind === 'whole') {
    send(response, reply.status, { 'content-type': 'application/json', ...reply.headers }, JSON.stringify(reply.body))
    return
  }
  const { dialect, ask, fault } = reply
  const failure = fault === null ? null : dialect.failure(fault, ask)
  if (failure !== null) return answerWith(response, { kind: 'whole', ...failure })
  switch (fault?.kind) {
    case 'reset':
      response.socket?.destroy()
      return
    // The connection stays until the client or the server ends.
    case 'hang':
      return
    case 'garbage':
      send(response, 200, { 'content-type': 'text/html' }, HTML)
      return
    default:
      return inPieces(response, piecesOf(reply), fault)
  }
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) })
  response.end(body)
}

interface Pieces {
  headers: Record<string, string>
  pieces: string[]
}

function piecesOf({ dialect, ask, answer, fault, id }: Extract<Reply, { kind: 'answer' }>): Pieces {
  const meant = fault?.kind === 'empty' ? NOTHING : fault?.kind === 'refusal' ? REFUSED : answer
  if (ask.isStream) {
    const pieces = dialect.frames(id, ask, meant).map(({ event, data }) => {
      const name = event === undefined ? '' : `event: ${event}\n`
      return `${name}data: ${data === '[DONE]' ? data : JSON.stringify(data)}\n\n`
    })
    return { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }, pieces }
  }
  const body = JSON.stringify(dialect.whole(id, ask, meant))
  const middle = Math.ceil(body.length / 2)
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  return { headers, pieces: [body.slice(0, middle), body.slice(middle)] }
}

async function inPieces(response: ServerResponse, { headers, pieces }: Pieces, fault: Fault | null): Promise<void> {
  const breaks = fault?.kind === 'stall' || fault?.kind === 'drop'
  response.writeHead(200, headers)
  for (const piece of breaks ? pieces.slice(0, Math.ceil(pieces.length / 2)) : pieces) {
    if (!response.write(piece) && !response.destroyed) await drained(response)
    if (fault?.kind === 'slow') await delay(fault.pauseMs ?? 50)
  }
  if (fault?.kind === 'stall') return
  if (fault?.kind === 'drop') response.destroy()
  else response.end()
}

/** Until the client has read, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve).once('close', resolve)
  })
}
