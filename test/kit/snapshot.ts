/**
 * A folder as it is, byte for byte, so that "nothing was changed" can be asserted: every file with its mode, its time
 * and its content, every link, every folder with something in it. Empty folders and times of folders are left out:
 * git has no notion of them, and leaves some behind itself when a ref has gone.
 */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Path below the folder -> what is there. `skip` names paths (below the folder) that do not count. */
export type Snapshot = Record<string, string>

export function snapshot(folder: string, skip: readonly string[] = []): Snapshot {
  const found: Snapshot = {}
  const visit = (path: string): void => {
    const name = relative(folder, path)
    if (skip.includes(name)) return
    const stat = lstatSync(path)
    const mode = stat.mode.toString(8)
    if (stat.isDirectory()) {
      const entries = readdirSync(path).sort()
      for (const entry of entries) visit(join(path, entry))
      if (Object.keys(found).some((known) => known.startsWith(`${name}/`))) found[`${name}/`] = mode
    } else if (stat.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`
    else if (stat.isFile()) found[name] = `${mode} ${stat.mtimeMs} ${digestOf(path)}`
    else found[name] = mode
  }
  visit(folder)
  return found
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
}
