/**
 * Looks for a key in everything that a run has left: files as they are (logs, briefs, databases, what tools keep), and every
 * object of every repository, reachable or not. In base64 too, wherever in the encoded text it begins.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Of all objects of a test's repository. */
const OBJECTS_BYTES_MAX = 256 * 1024 * 1024

/** Paths below `folder` in which the key is, sorted; `PATH objects` for those of a repository. */
export async function placesWithKey(folder: string, key: string): Promise<string[]> {
  const forms = formsOf(key)
  const hasKey = (bytes: Buffer): boolean => forms.some((form) => bytes.includes(form))
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path)
    if (hasKey(Buffer.from(entry.name))) found.push(`${name} is named so`)
    if (entry.isFile() && hasKey(await contentOf(path))) found.push(name)
    if (entry.isDirectory() && isRepository(path) && hasKey(await objectsOf(path))) found.push(`${name} objects`)
  }
  return found.toSorted()
}

/** A run that a failed test has left may still move its files. */
async function contentOf(path: string): Promise<Buffer> {
  return await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return Buffer.alloc(0)
  })
}

/** Plain, and in base64 and base64url: after 0, 1 and 2 bytes of other text it is encoded in three ways. */
function formsOf(key: string): Buffer[] {
  const encoded = [0, 1, 2].map((before) => {
    const whole = Buffer.from(' '.repeat(before) + key)
    const text = whole.toString('base64').replace(/=+$/, '')
    // Letters that also hold bits of what stands before and behind it differ from place to place.
    return text.slice(before === 0 ? 0 : before + 1, whole.length % 3 === 0 ? undefined : -1)
  })
  const forUrls = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [...new Set([key, ...encoded, ...forUrls])].map((text) => Buffer.from(text))
}

function isRepository(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)))
}

async function objectsOf(gitDir: string): Promise<Buffer> {
  const args = ['--git-dir', gitDir, 'cat-file', '--batch', '--batch-all-objects']
  const { stdout } = await execute('git', args, { encoding: 'buffer', maxBuffer: OBJECTS_BYTES_MAX })
  return stdout
}
