/** What a grant looks at: the folder of an attempt that lives, its shim being this very process. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identify } from '../../../src/process/identity.ts'

export async function livingAttempt(dir: string): Promise<string> {
  await mkdir(dir)
  const self = identify(process.pid)
  await writeFile(join(dir, 'run.json'), JSON.stringify({ shim: self, tool: self }))
  return dir
}
