/** Where the files of our own further processes are: beside the source that names them, or in the bundle's folder. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The path of an entry. `here` is the `import.meta.url` of who asks; `source` is relative to it, `built` is the name in
 * `dist/`, where the asker may have landed in a folder of chunks.
 */
export function entryPath(here: string, { source, built }: { source: string; built: string }): string {
  const file = fileURLToPath(here)
  if (file.endsWith('.ts')) return join(dirname(file), source)
  const beside = join(dirname(file), built)
  return existsSync(beside) ? beside : join(dirname(file), '..', built)
}
