/** Digests are real; what would be chance comes from the seed. */
import { Buffer } from 'node:buffer'
import { world } from '../../world/world.ts'

export { createHash } from 'node:crypto'

export function randomBytes(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, () => Math.floor(world().random() * 256)))
}

export const randomUUID = (): string => randomBytes(16).toString('hex')

/** Of the ballast, whose content nobody reads. */
export const randomFillSync = <T>(buffer: T): T => buffer
