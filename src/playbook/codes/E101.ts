/** A cycle in the plan: no order exists in which its workstreams could be done. */
import type { Entry } from '../entry.ts'

export const E101: Entry = {
  code: 'E101',
  seen: ['`plan` or `run` ends with exit 2 and a path `a -> b -> a`'],
  symptom: 'The plan is refused; the message shows the cycle as a path, `a -> b -> a`.',
  detect:
    'Before a run, by sorting the graph: what is left when nothing more can be taken out is on a cycle or behind one.',
  diagnosis:
    'Each workstream on the path waits for the next one, so none of them can ever begin. Usually one of ' +
    'the edges was meant the other way round, or two workstreams are really one.',
  automatic: 'Nothing was started and nothing was written. All other mistakes of the plan are reported in the same go.',
  manual: [
    'sluice plan   # shows the cycle, with the file of each edge',
    'sluice plan --graph mermaid   # shows it as a picture',
  ],
}
