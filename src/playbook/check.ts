/** One finding of `sluice doctor`: a pure judgement of facts, with what to do about it. */
import type { Code } from '../model/failure.ts'

export interface Check {
  id: string
  /** `fail` stops a run, `warn` does not. */
  status: 'ok' | 'warn' | 'fail'
  message: string
  /** null when there is nothing to do. */
  fix: string | null
  /** Of a finding: names the playbook. */
  code: Code | null
}

export function ok(id: string, message: string): Check {
  return { id, status: 'ok', message, fix: null, code: null }
}

export function warn(id: string, code: Code, message: string, fix: string): Check {
  return { id, status: 'warn', message, fix, code }
}

export function fail(id: string, code: Code, message: string, fix: string): Check {
  return { id, status: 'fail', message, fix, code }
}
