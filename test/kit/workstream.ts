/** A workstream for tests that are not about reading them. */
import type { Workstream } from '../../src/model/workstream.ts'

/** A workstream that says nothing but its id, and what is given. */
export function workstream(id: string, given: Partial<Workstream> = {}): Workstream {
  return {
    id,
    title: id,
    file: `w/${id}.json`,
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
