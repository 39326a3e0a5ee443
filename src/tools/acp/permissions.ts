/**
 * Questions for permission. An agent works in its own worktree and box, like those that are started with their flag for
 * "yes to all", so yes is the default, once for each. With `permissions: ask` a person answers: the question is an event,
 * and the answer a file that appears in the attempt's folder; both outlive the orchestrator.
 */
import type {
  PermissionOption,
  PermissionOptionKind,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk/unstable'
import { TIMER_MS_MAX, untilExists } from '../../process/appear.ts'
import { fieldsOf, readJsonFile } from '../../process/files.ts'
import type { ToolEvent } from '../tool.ts'
import { answerFile, type AcpOrder, type WrittenAnswer } from './order.ts'

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } }

export class Permissions {
  readonly #order: AcpOrder
  readonly #tell: (event: ToolEvent) => void
  #asked = 0
  /** A person is asked one thing at a time. */
  #before: Promise<unknown> = Promise.resolve()

  constructor(order: AcpOrder, tell: (event: ToolEvent) => void) {
    this.#order = order
    this.#tell = tell
  }

  /** `what` it wants to do, in words; `signal` is aborted when the turn is cancelled or the agent is gone. */
  async answer(
    { options }: RequestPermissionRequest,
    what: string,
    signal: AbortSignal,
  ): Promise<RequestPermissionResponse> {
    if (this.#order.permissions === 'allow') return chosen(options, true)
    const answered = this.#before.then(() => this.#ask(what, signal))
    this.#before = answered
    const answer = await answered
    return answer === null ? CANCELLED : chosen(options, answer.allow)
  }

  async #ask(what: string, signal: AbortSignal): Promise<WrittenAnswer | null> {
    if (signal.aborted) return null
    const id = String(++this.#asked)
    this.#tell({ type: 'asked', id, what })
    const file = answerFile(this.#order.answers, id)
    await untilExists(file, { timeoutMs: TIMER_MS_MAX, signal })
    const answer = await readJsonFile(file, readAnswer)
    if (answer === null) return null
    this.#tell({ type: 'answered', id })
    if (!answer.allow) this.#tell({ type: 'denied', what: `${what} (${refusalText(answer)})` })
    return answer
  }
}

function refusalText({ by, comment }: WrittenAnswer): string {
  return `declined by ${by}${comment === null ? '' : `: ${comment}`}`
}

function readAnswer(value: unknown): WrittenAnswer | null {
  const { allow, by, comment } = fieldsOf(value)
  if (typeof allow !== 'boolean' || typeof by !== 'string') return null
  return { allow, by, comment: typeof comment === 'string' ? comment : null }
}

const KINDS: Readonly<Record<'yes' | 'no', readonly PermissionOptionKind[]>> = {
  yes: ['allow_once', 'allow_always'],
  no: ['reject_once', 'reject_always'],
}

/** The option that says so for this once, where there is one; none at all means no. */
function chosen(options: readonly PermissionOption[], allow: boolean): RequestPermissionResponse {
  const kinds = KINDS[allow ? 'yes' : 'no']
  const option = kinds.flatMap((kind) => options.find((one) => one.kind === kind) ?? [])[0]
  return option === undefined ? CANCELLED : { outcome: { outcome: 'selected', optionId: option.optionId } }
}
