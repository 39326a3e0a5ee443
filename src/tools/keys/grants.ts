/**
 * Tokens: what an attempt's tool is given in the place of a key. A grant says whose token it is and which key it stands for; it
 * is a file named by the token's digest, so that neither a token nor a key is ever on the disk, a proxy that is started anew
 * knows them all, and taking one back is removing a file.
 *
 * A token is worth nothing after its attempt, whoever is left to say so: with `exit.json`, or when the shim is gone.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readExit, readRun } from '../../process/attempt-folder.ts'
import { effect } from '../../process/boundary.ts'
import { fieldsOf, readJsonFile, replaceFile } from '../../process/files.ts'
import { isAlive } from '../../process/identity.ts'

/** Like keys of services, so whoever takes those out of a text takes tokens out too (`redact.ts`). */
const TOKEN_BEGINS = 'sk-sluice-'

const TOKEN_BYTES = 32

/** So long after it an attempt may still be on its way to its first process: `launch` gives up earlier. */
const LAUNCH_MS_MAX = 60_000

/** For the user alone. */
const MODE = 0o600

const FILE_NAME = /^[0-9a-f]{64}$/

export interface Grant {
  /** Name of a key among those that the proxy holds. */
  key: string
  /** The attempt's folder, absolute. */
  dir: string
}

/** Makes a token for `grant`. The folder must exist. */
export async function giveToken(folder: string, grant: Grant): Promise<string> {
  const token = TOKEN_BEGINS + randomBytes(TOKEN_BYTES).toString('base64url')
  await replaceFile(fileOf(folder, token), `${JSON.stringify(grant)}\n`, MODE)
  return token
}

/** What a token stands for, or null: it is none, it was taken back, or its attempt has ended. */
export async function grantOf(folder: string, token: string): Promise<Grant | null> {
  if (!token.startsWith(TOKEN_BEGINS)) return null
  const grant = await readJsonFile(fileOf(folder, token), readGrant)
  return grant === null || (await readExit(grant.dir)) !== null ? null : grant
}

/** Takes the tokens of the attempt in `dir` back. */
export async function takeBack(folder: string, dir: string): Promise<void> {
  for (const [file, grant] of await grantsIn(folder)) if (grant?.dir === dir) await remove(file)
}

/** Takes those of ended attempts back, and says whether any other is left. */
export async function someLive(folder: string): Promise<boolean> {
  let living = 0
  for (const [file, grant] of await grantsIn(folder)) {
    if (grant === null || (await isOver(file, grant))) await remove(file)
    else living += 1
  }
  return living > 0
}

async function isOver(file: string, { dir }: Grant): Promise<boolean> {
  if ((await readExit(dir)) !== null) return true
  const run = await readRun(dir)
  if (run !== null) return !isAlive(run.shim)
  const given = await unlessGone(stat(file), null)
  return given === null || Date.now() - given.mtimeMs > LAUNCH_MS_MAX
}

async function grantsIn(folder: string): Promise<(readonly [file: string, grant: Grant | null])[]> {
  const names = (await unlessGone(readdir(folder), [])).filter((name) => FILE_NAME.test(name))
  const files = names.map((name) => join(folder, name))
  return await Promise.all(files.map(async (file) => [file, await readJsonFile(file, readGrant)] as const))
}

/** What cannot be read now says nothing: a token that lives must not be taken for none. */
async function unlessGone<T, G>(found: Promise<T>, gone: G): Promise<T | G> {
  try {
    return await found
  } catch (error) {
    if (fieldsOf(error)['code'] === 'ENOENT') return gone
    throw error
  }
}

function fileOf(folder: string, token: string): string {
  return join(folder, createHash('sha256').update(token).digest('hex'))
}

async function remove(file: string): Promise<void> {
  await effect('remove token', () => rm(file, { force: true }))
}

function readGrant(value: unknown): Grant | null {
  const { key, dir } = fieldsOf(value)
  return typeof key === 'string' && typeof dir === 'string' ? { key, dir } : null
}
