/** Where a path leads when all links are followed. */
import { realpathSync } from 'node:fs'
import { sep } from 'node:path'

/** null when there is nothing, or when it cannot be asked. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch {
    return null
  }
}

/** Is `path` the folder itself, or below it? Both absolute, links followed. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
