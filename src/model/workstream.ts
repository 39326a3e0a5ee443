/** One node of the plan, after every dialect has been read into the same words. */

export interface AcceptanceTest {
  /** What a list shows: the given name, or the text itself. */
  name: string
  /** The shell command, or null for prose: a point of a checklist, shown and never executed. */
  run: string | null
}

export interface CircuitBreaker {
  /** Spent tries over all tools; null leaves `limits.attempts` in force. */
  attemptsMax: number | null
  /** The same error signature this many times opens the breaker. */
  errorRepeatsMax: number | null
  /** A-B-A on real differences this many times opens the breaker. */
  oscillationsMax: number | null
}

export interface Workstream {
  id: string
  title: string
  /** The file it came from, relative to the repository root, with `/`. */
  file: string
  tasks: string[]
  /** Free text of the brief: `description`, or the body of a Markdown file. */
  description: string
  filesScope: string[]
  filesCreate: string[]
  /** Unique, in the order they were written. */
  dependsOn: string[]
  acceptance: AcceptanceTest[]
  tool: string | null
  fallback: string[]
  /** Higher goes first; 0 when nothing is said. */
  priority: number
  track: string | null
  /** A label, never a barrier. */
  gate: number | null
  breaker: CircuitBreaker
  timeoutMinutes: number | null
  /** From `estimated_hours`; null when nothing is said. */
  estimateMinutes: number | null
  /** "No change at all" is then a result, not a failure. */
  allowEmpty: boolean
  /** Folders that its worktree holds, with the files on the way to them; null: the whole tree. */
  sparse: string[] | null
  /** Unknown keys, kept. */
  metadata: Record<string, unknown>
  /** Of the definition: tells that a file changed since the run read it (E607). */
  digest: string
}

/** A workstream that says nothing but its id, and what is given. */
export function workstreamOf(id: string, given: Partial<Workstream> = {}): Workstream {
  return {
    id,
    title: id,
    file: '',
    tasks: [],
    description: '',
    filesScope: [],
    filesCreate: [],
    dependsOn: [],
    acceptance: [],
    tool: null,
    fallback: [],
    priority: 0,
    track: null,
    gate: null,
    breaker: { attemptsMax: null, errorRepeatsMax: null, oscillationsMax: null },
    timeoutMinutes: null,
    estimateMinutes: null,
    allowEmpty: false,
    sparse: null,
    metadata: {},
    digest: '',
    ...given,
  }
}
