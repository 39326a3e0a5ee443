/**
 * Does an error mean that the disk is full, or that the system opens no more files? Pure, of what was thrown: the system's own word for it, SQLite's number, or
 * what git printed (it runs with LC_ALL=C). Some messages of git leave the reason out; whoever can look at the disk as
 * well (`room.ts`) knows more.
 */
import { fieldsOf } from './files.ts'

const SAID = /\b(?:ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded|database or disk is full/i

/** SQLite's result codes, of which only the low byte is the kind. */
const SQLITE_FULL = 13
const SQLITE_IOERR = 10

/** Of errors that were wrapped in others. */
const CAUSES_MAX = 5

/** The words of a program about a full disk. */
export function tellsOfFullDisk(text: string): boolean {
  return SAID.test(text)
}

/** What was thrown, or what caused it, is the system's refusal to give room. */
export function isDiskFull(thrown: unknown): boolean {
  return causesOf(thrown).some(({ code, syscall, errcode, stderr, message }) => {
    // Of the same name, and about the watches of the kernel.
    if (syscall === 'watch') return false
    if (code === 'ENOSPC' || code === 'EDQUOT') return true
    if (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL) return true
    return [stderr, message].some((text) => typeof text === 'string' && tellsOfFullDisk(text))
  })
}

/** This process, or the whole system, has as many files open as it may: nothing is wrong with the file that was named. */
export function isOutOfFiles(thrown: unknown): boolean {
  return causesOf(thrown).some(({ code, syscall }) => syscall !== 'watch' && (code === 'EMFILE' || code === 'ENFILE'))
}

/** The disk itself fails (EIO): what was written since the last good sync may or may not be there. */
export function isDiskBroken(thrown: unknown): boolean {
  return causesOf(thrown).some(({ code, errcode }) => {
    return code === 'EIO' || (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_IOERR)
  })
}

/**
 * It came from the system, from SQLite, from a git, or from a tool that could not be started or set up (E201): with a disk
 * that has nothing left it has to do with that, whatever it says. A bug of ours has none of these marks.
 */
export function isFromSystem(thrown: unknown): boolean {
  return causesOf(thrown).some(({ syscall, errcode, stderr, failure }) => {
    return (
      syscall !== undefined || errcode !== undefined || stderr !== undefined || fieldsOf(failure)['code'] === 'E201'
    )
  })
}

/** The fields of what was thrown, of its cause, and so on. */
export function causesOf(thrown: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = []
  for (let one = thrown; one !== undefined && one !== null && found.length < CAUSES_MAX; one = fieldsOf(one)['cause'])
    found.push(fieldsOf(one))
  return found
}
