/** What must still be there: I8 and I9. */
import type { Evidence } from './evidence.ts'

/**
 * An agent's work is recoverable. Reads the pins: the work of every attempt on record is at its own ref, what was handed in is what
 * is pinned, the branch is at the newest, every file that a tool says it has made is in its pinned tree, and nothing that any ref
 * needs is missing.
 */
export async function I8({ stage, prepared, rows, refs, outputs }: Evidence): Promise<string[]> {
  const found: string[] = []
  for (const { workstream, number, work } of rows.attempts) {
    const pin = `refs/sluice/wip/${workstream}/${number}`
    if (work !== null && refs.get(pin) !== work) found.push(`${pin} is ${refs.get(pin)}, and the work is ${work}`)
  }
  for (const [id, work] of Object.entries(prepared.works)) {
    if (!rows.attempts.some((attempt) => attempt.workstream === id && attempt.work === work))
      found.push(`what was handed in for ${id} is on no record`)
  }
  for (const id of rows.states.keys()) {
    const newest = rows.attempts
      .filter(({ workstream, work }) => workstream === id && work !== null)
      .toSorted((a, b) => a.number - b.number)
      .at(-1)
    const branch = refs.get(`refs/heads/ws/${id}`)
    if (newest !== undefined && branch !== newest.work)
      found.push(`ws/${id} is at ${branch}, and the newest work is ${newest.work}`)
  }
  for (const { attempt, text } of outputs) {
    const [id, number] = attempt.split('.')
    for (const [, path] of text.matchAll(/^made (.*)$/gm)) {
      const file = `refs/sluice/wip/${id}/${number}:${path}`
      const content = await stage.git('cat-file', 'blob', file).catch(() => null)
      if (content !== `by ${id} attempt ${number}`) found.push(`what ${attempt} made is not at ${file}`)
    }
  }
  const damage = await stage
    .git('fsck', '--connectivity-only', '--no-dangling', '--no-progress')
    .catch((error: { stderr: string }) => error.stderr)
  return damage === '' ? found : [...found, `the repository is damaged: ${damage}`]
}

/** The database is intact. SQLite looks for itself, and the numbers of the events grow without a gap that a torn one left. */
export function I9({ rows }: Evidence): string[] {
  const gap = rows.events.find(({ seq }, index) => index > 0 && seq !== rows.events[index - 1]!.seq + 1)
  return [
    ...(rows.integrity === 'ok' ? [] : [`the database is damaged: ${rows.integrity}`]),
    ...(gap === undefined ? [] : [`events are missing before ${gap.seq}`]),
  ]
}
