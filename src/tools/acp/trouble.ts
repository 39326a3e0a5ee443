/**
 * What went wrong in a turn, as far as an agent says it. The protocol has one number for "you have to log in" and none for
 * what a model service refuses; that comes as a sentence, and some agents put it in the mouth of the model.
 */
import { RequestError, type StopReason } from '@agentclientprotocol/sdk/unstable'
import { messageOf } from '../../model/failure.ts'
import { fieldsOf } from '../../process/files.ts'
import type { Trouble } from '../trouble.ts'

/** Of the protocol: authentication is required. */
const AUTH_REQUIRED = -32000

/** Of what an error holds besides its message. */
const DATA_CHARACTERS_MAX = 500

/** A request that the agent answered with an error. */
export function requestTrouble(error: unknown): Trouble {
  if (!(error instanceof RequestError)) return { kind: null, status: null, message: messageOf(error) }
  const data = dataText(error.data)
  const message = data === '' || error.message.includes(data) ? error.message : `${error.message}: ${data}`
  const { code } = error
  return { kind: code === AUTH_REQUIRED ? 'auth' : null, status: isStatus(code) ? code : statusIn(message), message }
}

/** Gemini CLI gives the status of its service as the number of the error, and 500 where it has none. */
function isStatus(code: number): boolean {
  return code >= 400 && code < 600 && code !== 500
}

function dataText(data: unknown): string {
  if (typeof data === 'string') return data.slice(0, DATA_CHARACTERS_MAX)
  if (data === undefined || data === null) return ''
  const { details, message } = fieldsOf(data)
  const words = [details, message].find((one) => typeof one === 'string') ?? JSON.stringify(data)
  return words.slice(0, DATA_CHARACTERS_MAX)
}

/** What an end other than a good one means; null for a good one. */
export function stopTrouble(reason: StopReason, said: string): Trouble | null {
  switch (reason) {
    case 'end_turn':
      return saidTrouble(said)
    case 'refusal':
      return { kind: 'refusal', status: null, message: said }
    case 'max_tokens':
      return { kind: 'overflow', status: null, message: 'the answer was longer than the model may make it' }
    case 'max_turn_requests':
      return { kind: 'protocol', status: null, message: 'it asked its model as often as it may in one turn' }
    case 'cancelled':
      return { kind: null, status: null, message: 'the turn was cancelled' }
  }
}

/** Copilot and Qwen Code end well and say the error of their service, in a last speech that is nothing else. */
function saidTrouble(said: string): Trouble | null {
  const message = /^(?:Error: |\[API Error: )(.*)/s.exec(said)?.[1]
  return message === undefined ? null : { kind: null, status: statusIn(said), message }
}

/** A status of HTTP where it is said to be one. */
function statusIn(message: string): number | null {
  const found = /(?:^|\bHTTP|\bstatus(?: code)?|\bcode"?|\b[Ee]rror|\()[\s:"=]*([45]\d\d)\b/.exec(message)?.[1]
  return found === undefined ? null : Number(found)
}
