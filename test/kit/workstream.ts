/** A workstream for tests that are not about reading them. */
import { type Workstream, workstreamOf } from '../../src/model/workstream.ts'

/** A workstream that says nothing but its id, where its file would be, and what is given. */
export function workstream(id: string, given: Partial<Workstream> = {}): Workstream {
  return workstreamOf(id, { file: `w/${id}.json`, ...given })
}
