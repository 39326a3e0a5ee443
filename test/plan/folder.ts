/** A folder of files for one test, removed with it: `using folder = folderWith({ 'a.json': ... })`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Folder extends Disposable {
  path: string
}

/** Texts and bytes are written as they are, everything else as JSON. */
export function folderWith(files: Record<string, unknown>): Folder {
  const path = mkdtempSync(join(tmpdir(), 'sluice-plan-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    const text =
      typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2)
    writeFileSync(join(path, name), text)
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
