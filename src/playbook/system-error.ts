/**
 * What the system says when a command of ours cannot read or write its state, as a failure with a code: nobody should see
 * the stack of a program because a disk is full.
 */
import type { Code, Failure } from '../model/failure.ts'
import { messageOf } from '../model/failure.ts'
import { causesOf, isDiskBroken, isDiskFull, isOutOfFiles } from '../process/full-disk.ts'
import { OutOfRoom, RoomGivenUp } from '../process/room.ts'

/** Primary result codes of SQLite; the higher bits only say more about the same. */
const SQLITE: Readonly<Record<number, Code>> = { 5: 'E604', 6: 'E604', 8: 'E105', 11: 'E605', 26: 'E605' }

const SYSTEM: Readonly<Record<string, Code>> = {
  EROFS: 'E105',
  EACCES: 'E105',
}

const FIXES: Readonly<Partial<Record<Code, string>>> = {
  E105: 'make it writable for this user; `sluice doctor` names the places',
  E302: 'free some space (`sluice doctor` says where), then run again: nothing that was acknowledged is lost',
  E305: 'end programs that hold many files, or raise the limit: ulimit -n 4096',
  E604: 'wait for the other process, or see who it is: fuser .sluice/sluice.db',
  E605: '`sluice explain E605` says what is kept, and how to begin anew',
}

/** null: not one of these, so a bug of ours. It may be what another error was caused by. */
export function systemFailure(thrown: unknown): Failure | null {
  const causes = causesOf(thrown)
  const givenUp = causes.find((cause) => cause instanceof RoomGivenUp)
  if (givenUp !== undefined) return givenUp.failure
  const message = messageOf(thrown)
  if (isDiskFull(thrown) || causes.some((cause) => cause instanceof OutOfRoom)) return failure('E302', message)
  if (isOutOfFiles(thrown)) return failure('E305', message)
  if (isDiskBroken(thrown)) return failure('E605', `the disk fails: ${message}`)
  for (const { errcode, code } of causes) {
    const known = typeof errcode === 'number' ? SQLITE[errcode & 0xff] : SYSTEM[String(code)]
    if (known !== undefined) return failure(known, message)
  }
  return null
}

function failure(code: Code, message: string): Failure {
  const fix = FIXES[code]
  return { code, message, ...(fix === undefined ? {} : { fix }) }
}
