/** Finding executables the way `execvp` does, so that what is reported as missing is what would fail to start. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { EXIT, SluiceError } from '../model/failure.ts'

/** Absolute path of `name`, or null. A name with a slash is taken relative to `folder`, any other is looked up on `path`. */
export function findProgram(name: string, path: string | undefined, folder: string): string | null {
  if (name === '') return null
  if (name.includes('/')) return executable(resolve(folder, name))
  for (const entry of (path ?? '').split(delimiter)) {
    const found = executable(join(isAbsolute(entry) ? entry : resolve(folder, entry), name))
    if (found !== null) return found
  }
  return null
}

function executable(path: string): string | null {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile() ? path : null
  } catch {
    return null
  }
}

/** Where the programs of the system are, for the case that the caller's PATH does not name those folders. */
export const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

/** A program that the supervision itself needs; throws E106 with what to install when it is not there. */
export function requireProgram(name: string, packageName: string): string {
  const found = findProgram(name, `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`, '/')
  if (found !== null) return found
  throw new SluiceError(
    { code: 'E106', message: `the program ${name} is not on this machine`, fix: `install ${packageName}` },
    EXIT.noGo,
  )
}
