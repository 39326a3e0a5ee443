/**
 * Puts a made-up world below the real judgement: whatever a file of `src/` imports is looked for among the stand-ins first
 * (same path below `stand-ins/`; node's own modules that have a clock, a disk or chance in them are in `stand-ins/node/`).
 * The coordinator and all that it decides with are the real files, loaded unchanged, or with one bug planted.
 *
 * What is imported from here (`scripts/`) is never redirected, so a stand-in can use the types and constants of the real one.
 */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Edit, mutated } from '../plant.ts'

const ROOT = join(import.meta.dirname, '../..')
const SRC = join(ROOT, 'src') + sep
const STAND_INS = join(import.meta.dirname, 'stand-ins')

/** From now on, for this process. `edits`: bugs to plant in files of `src/`. Throws when their text is not there. */
export function enterSimulation(edits: readonly Edit[] = []): void {
  const planted = mutated(edits, (file) => readFileSync(join(SRC, file), 'utf8'))
  registerHooks({
    resolve(specifier, context, next) {
      const stoodIn = standInFor(specifier, context.parentURL)
      return stoodIn === null ? next(specifier, context) : { url: stoodIn, shortCircuit: true }
    },
    load(url, context, next) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : ''
      const source = path.startsWith(SRC) ? planted.get(relative(SRC, path)) : undefined
      return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}

function standInFor(specifier: string, parentUrl: string | undefined): string | null {
  const parent = parentUrl?.startsWith('file:') ? fileURLToPath(parentUrl) : ''
  if (!parent.startsWith(SRC)) return null
  const file = specifier.startsWith('node:')
    ? join(STAND_INS, 'node', `${specifier.slice('node:'.length).replaceAll('/', '-')}.ts`)
    : join(STAND_INS, relative(SRC, join(dirname(parent), specifier)))
  return specifier.startsWith('node:') || specifier.startsWith('.') ? urlIfThere(file) : null
}

const known = new Map<string, string | null>()

function urlIfThere(file: string): string | null {
  const before = known.get(file)
  if (before !== undefined) return before
  const url = existsSync(file) ? pathToFileURL(file).href : null
  known.set(file, url)
  return url
}
