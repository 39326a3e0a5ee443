/** Asking a program for its version, without trusting it to answer. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allowedEnvironment } from '../process/environment.ts'

/** The slowest of the known agents takes about two seconds. */
const VERSION_MS_MAX = 10_000

/** The version number in what `PROGRAM --version` prints, else its first line; null when it fails or takes too long. */
export async function programVersion(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  // Some unpack themselves there, even for this.
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-version-'))
  const child = spawn(path, ['--version'], {
    cwd: scratch,
    env: allowedEnvironment(environment, { pass: [], set: { TMPDIR: scratch } }),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: VERSION_MS_MAX,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('error', () => resolve(null))
  child.once('close', resolve)
  // A grandchild may keep our end of the pipe open: then what has come until now must do.
  child.once('exit', (code) => setTimeout(() => resolve(code), DRAIN_MS).unref())
  const code = await promise
  child.stdout.destroy()
  await rm(scratch, { recursive: true, force: true })
  if (code !== 0) return null
  const line = output.trim().split('\n')[0]!.trim()
  return /\d+\.\d+[\w.+-]*\w/.exec(line)?.[0] ?? (line === '' ? null : line.slice(0, LINE_LENGTH_MAX))
}

const DRAIN_MS = 500
const LINE_LENGTH_MAX = 80
