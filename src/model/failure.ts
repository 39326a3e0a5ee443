/**
 * Failures as values: what can go wrong has a code, and a code is never used for anything else.
 *
 * A failure that somebody is expected to meet (bad input, a red gate, a conflict) is a `Failure`. At the edge of a
 * command it is thrown once as `SluiceError`, with the exit code that the contract of the command line names.
 * Anything else that is thrown is a bug and keeps its stack.
 */

/** Every code, with its short name. The number space: 1xx before a run, 2xx tools, 3xx machine, 4xx git, 5xx checks, 6xx people and state. */
export const CODES = {
  E101: 'dependency cycle',
  E102: 'unknown dependency',
  E103: 'not valid',
  W104: 'scopes overlap',
  E105: 'repository not ready',
  E106: 'tool missing',
  E107: 'authentication',
  W201: 'processor busy',
  W202: 'memory short',
  W203: 'disk busy',
  W204: 'few files changed',
  E201: 'tool crashed',
  E202: 'tool hangs',
  E203: 'tool out of time',
  E204: 'unexpected output',
  E205: 'nothing changed',
  E206: 'tool waits for input',
  E207: 'oscillation',
  E208: 'rate limit or quota',
  W209: 'fallback used',
  W210: 'errors in the log',
  E301: 'out of memory',
  E302: 'disk full',
  E303: 'network',
  E304: 'host slept',
  E305: 'too many open files',
  E401: 'worktree corrupt',
  E402: 'merge conflict',
  E403: 'orphan process',
  E404: 'git lock',
  E405: 'target moved',
  E406: 'cannot remove',
  W407: 'publish pending',
  E501: 'gate red after merge',
  E502: 'acceptance failed',
  E503: 'out of scope',
  E504: 'flaky',
  E505: 'wrote outside its worktree',
  E506: 'base is red',
  W508: 'gate edited',
  E601: 'budget',
  E602: 'attempts used up',
  E603: 'approval waiting',
  E604: 'database locked',
  E605: 'state damaged',
  E606: 'host lost',
  E607: 'plan changed since',
} as const

export type Code = keyof typeof CODES

export interface Failure {
  code: Code
  /** One line, without the code: what is wrong, naming the thing. */
  message: string
  /** What to do next; a command where there is one. */
  fix?: string
  /** Evidence as data: paths, exits, ids. */
  details?: Record<string, unknown>
}

/** Exit codes of the command line (contract). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  needsHuman: 3,
  partial: 4,
  noGo: 5,
  locked: 6,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A failure on its way to the user: the command that meets it prints the failure and ends with `exit`. */
export class SluiceError extends Error {
  readonly failure: Failure
  readonly exit: ExitCode

  constructor(failure: Failure, exit: ExitCode = EXIT.failed) {
    super(`${failure.code} ${failure.message}`)
    this.name = 'SluiceError'
    this.failure = failure
    this.exit = exit
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
