/** Files of the simulated world, by the names of `node:fs`. Only what Sluice calls in a simulation. */
import { isThereAWorld, world } from '../../world/world.ts'

interface Stat {
  size: number
  mtimeMs: number
  isDirectory: () => boolean
  isFile: () => boolean
}

const open = new Map<number, string>()
let descriptors = 100

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT', syscall: 'open' })
}

/** Nothing that a dead orchestrator does reaches the disk. */
const isAlive = (): boolean => !world().isDead

/** Also asked while files are loaded, when nothing is there. */
export const existsSync = (path: string): boolean => isThereAWorld() && world().disk.has(path)

export const mkdirSync = (path: string): void => {
  if (isAlive()) world().disk.makeFolder(path)
}

export const readdirSync = (path: string): string[] => world().disk.names(path)

export function readFileSync(path: string, encoding?: string): string | Buffer {
  const text = world().disk.read(path)
  if (text === null) throw missing(path)
  return encoding === undefined ? Buffer.from(text) : text
}

export const writeFileSync = (path: string, text: string): void => {
  if (isAlive()) world().disk.write(path, text)
}

export const rmSync = (path: string): void => {
  if (isAlive()) world().disk.remove(path)
}

export function statSync(path: string, options?: { throwIfNoEntry?: boolean }): Stat | undefined {
  const text = world().disk.read(path)
  const isFolder = text === null && world().disk.isFolder(path)
  if (text === null && !isFolder) {
    if (options?.throwIfNoEntry === false) return undefined
    throw missing(path)
  }
  return { size: text?.length ?? 0, mtimeMs: world().clock.now, isDirectory: () => isFolder, isFile: () => !isFolder }
}

export const lstatSync = statSync

export function openSync(path: string): number {
  if (world().disk.read(path) === null) throw missing(path)
  open.set(++descriptors, path)
  return descriptors
}

export function fstatSync(descriptor: number): Stat {
  return statSync(open.get(descriptor)!)!
}

export function readSync(descriptor: number, buffer: Buffer, offset: number, length: number, position: number): number {
  const text = world().disk.read(open.get(descriptor)!) ?? ''
  return Buffer.from(text).copy(buffer, offset, position, position + length)
}

export const closeSync = (descriptor: number): void => void open.delete(descriptor)

/** Named by files that are loaded beside, and never called: nothing of a simulation reaches the real disk. */
function nobody(name: string): () => never {
  return () => {
    throw new Error(`nobody simulates fs.${name}`)
  }
}

export { constants } from 'node:fs'
export const accessSync = nobody('accessSync')
export const appendFileSync = nobody('appendFileSync')
export const chmodSync = nobody('chmodSync')
export const copyFileSync = nobody('copyFileSync')
export const cpSync = nobody('cpSync')
export const createReadStream = nobody('createReadStream')
export const ftruncateSync = nobody('ftruncateSync')
export const futimesSync = nobody('futimesSync')
export const globSync = nobody('globSync')
export const opendirSync = nobody('opendirSync')
export const readlinkSync = nobody('readlinkSync')
export const realpathSync = nobody('realpathSync')
export const rmdirSync = nobody('rmdirSync')
export const statfsSync = nobody('statfsSync')
export const watch = nobody('watch')
export const mkdtempSync = nobody('mkdtempSync')
export const renameSync = nobody('renameSync')
