/** The other side of `starter.ts`: starts what it is told to, answers with how it ended, and ends with who opened it. */
import { complete } from './complete.ts'
import type { FromStarter, ToStarter } from './starter.ts'

const running = new Map<number, AbortController>()

async function carryOut(message: ToStarter): Promise<void> {
  if ('stop' in message) {
    running.get(message.id)?.abort()
    return
  }
  const controller = new AbortController()
  running.set(message.id, controller)
  const completed = await complete(message.command, controller.signal)
  running.delete(message.id)
  tell({ id: message.id, completed })
}

function tell(message: FromStarter): void {
  if (process.connected) process.send!(message)
}

process.on('message', (message: ToStarter) => void carryOut(message))
// What was started has a session of its own and ends by itself.
process.on('disconnect', () => process.exit(0))
tell({ ready: true })
