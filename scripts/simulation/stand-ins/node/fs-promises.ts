/** Files of the simulated world, by the names of `node:fs/promises`. Only what Sluice calls in a simulation. */
import { world } from '../../world/world.ts'

interface Handle extends AsyncDisposable {
  writeFile: (text: string) => Promise<void>
  write: () => Promise<void>
  sync: () => Promise<void>
  datasync: () => Promise<void>
}

export function open(path: string, flags = 'r'): Promise<Handle> {
  return world().looking(() => {
    if (flags !== 'r') world().disk.write(path, '')
    return {
      writeFile: (text: string) => world().looking(() => world().disk.write(path, text)),
      write: () => Promise.resolve(),
      sync: () => Promise.resolve(),
      datasync: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  })
}

export function readFile(path: string): Promise<string> {
  return world().looking(() => {
    const text = world().disk.read(path)
    if (text !== null) return text
    throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' })
  })
}

export const writeFile = (path: string, text: string): Promise<void> =>
  world().looking(() => world().disk.write(path, text))

export const readdir = (path: string): Promise<string[]> => world().looking(() => world().disk.names(path))

export const rename = (from: string, to: string): Promise<void> =>
  world().doing(`rename to ${to}`, () => world().disk.move(from, to))

export const rm = (path: string): Promise<void> => world().looking(() => world().disk.remove(path))

export const mkdir = (path: string): Promise<void> => world().looking(() => world().disk.makeFolder(path))

/** Named by files that are loaded beside, and never called: nothing of a simulation reaches the real disk. */
function nobody(name: string): () => never {
  return () => {
    throw new Error(`nobody simulates fs.${name}`)
  }
}

export const chmod = nobody('chmod')
export const copyFile = nobody('copyFile')
export const lstat = nobody('lstat')
export const mkdtemp = nobody('mkdtemp')
export const readlink = nobody('readlink')
export const rmdir = nobody('rmdir')
export const stat = nobody('stat')
export const statfs = nobody('statfs')
export const unlink = nobody('unlink')
export const utimes = nobody('utimes')
