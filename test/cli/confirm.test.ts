import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { confirm } from '../../src/cli/confirm.ts'

async function answer(text: string): Promise<{ is: boolean; asked: string }> {
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: 'utf8' })]
  input.end(text)
  const is = await confirm('approve a?', { input, output })
  return { is, asked: String(output.read()) }
}

describe('a question', () => {
  it.each(['y\n', 'Y\n', 'yes\n', ' yes \n'])('%j is a yes', async (text) => {
    expect((await answer(text)).is).toBe(true)
  })

  it.each(['\n', 'y', 'n\n', 'no\n', 'yeah, no\n', 'yy\n', ''])('%j is a no', async (text) => {
    expect(await answer(text)).toEqual({ is: false, asked: expect.stringContaining('approve a? [y/N] ') })
  })
})
