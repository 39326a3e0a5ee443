/** A question to be answered with yes or no. Anything but a yes is a no: an empty line, Ctrl-C, the end of the input. */
import { createInterface } from 'node:readline'

export interface Channel {
  input: NodeJS.ReadableStream
  /** Where the question goes: stderr, so that data on stdout stays clean. */
  output: NodeJS.WritableStream
}

export async function confirm(question: string, { input, output }: Channel): Promise<boolean> {
  const lines = createInterface({ input, output })
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.question(`${question} [y/N] `, resolve)
      lines.once('close', () => resolve(''))
    })
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
