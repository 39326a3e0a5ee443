/**
 * What the system says when a command of ours cannot read or write its state, as a failure with a code: nobody should see
 * the stack of a program because a disk is full.
 */
import type { Code, Failure } from '../model/failure.ts'
import { messageOf } from '../model/failure.ts'
import { fieldsOf } from '../process/files.ts'

/** Primary result codes of SQLite; the higher bits only say more about the same. */
const SQLITE: Readonly<Record<number, Code>> = { 5: 'E604', 6: 'E604', 8: 'E105', 11: 'E605', 13: 'E302', 26: 'E605' }

const SYSTEM: Readonly<Record<string, Code>> = {
  ENOSPC: 'E302',
  EDQUOT: 'E302',
  EROFS: 'E105',
  EACCES: 'E105',
}

const FIXES: Readonly<Partial<Record<Code, string>>> = {
  E105: 'make it writable for this user; `sluice doctor` names the places',
  E302: 'free some space (`sluice doctor` says where), then run again: nothing that was acknowledged is lost',
  E604: 'wait for the other process, or see who it is: fuser .sluice/sluice.db',
  E605: '`sluice explain E605` says what is kept, and how to begin anew',
}

/** null: not one of these, so a bug of ours. */
export function systemFailure(thrown: unknown): Failure | null {
  const { errcode, code } = fieldsOf(thrown)
  const known = typeof errcode === 'number' ? SQLITE[errcode & 0xff] : SYSTEM[String(code)]
  if (known === undefined) return null
  const fix = FIXES[known]
  return { code: known, message: messageOf(thrown), ...(fix === undefined ? {} : { fix }) }
}
