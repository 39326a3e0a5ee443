/** Makes the receipt of a landing, and its short form for a git note: readable with git alone, wherever the commit goes. */
import type { Attempt } from '../model/attempt.ts'
import type { Landing } from '../model/landing.ts'
import type { Approval, Receipt } from '../model/receipt.ts'

/** A landing that has reached the target: it has a commit and a time. */
export function receiptOf(
  landing: Landing & { commit: string; at: number },
  attempt: Pick<Attempt, 'tool'>,
  tree: string,
  approvals: readonly Approval[],
): Receipt {
  const { id, workstream, work, onto, commit, at } = landing
  return {
    landing: id,
    workstream,
    attempt: landing.attempt,
    tool: attempt.tool,
    work,
    onto,
    commit,
    tree,
    gatedAs: landing.gatedAs ?? null,
    gate: landing.gate.map(({ name, command, exit, ms }) => ({ name, command, exit, ms })),
    approvals: [...approvals],
    at,
  }
}

const TEXT_MAX = 200

/** `key: value` lines, a check and an approval each on a line of its own. The same receipt gives the same text. */
export function receiptText(receipt: Receipt): string {
  const { landing, workstream, attempt, tool, work, onto, tree, gatedAs, gate, approvals, at } = receipt
  const checks = gate.map(
    ({ command, exit, ms }) => `${line(command)} -> ${exit === null ? 'killed' : `exit ${exit}`}, ${ms} ms`,
  )
  const people = approvals.map(({ by, at, comment }) => {
    return `${line(by)}, ${new Date(at).toISOString()}${comment === null ? '' : `: ${line(comment)}`}`
  })
  return [
    `Landing: ${landing}`,
    `Workstream: ${workstream}`,
    `Attempt: ${attempt} by ${line(tool)}`,
    `Work: ${work}`,
    `Onto: ${onto}`,
    `Tree: ${tree}`,
    ...(gatedAs === null ? [] : [`Gated as: ${gatedAs}`]),
    ...(checks.length === 0 ? ['none wanted'] : checks).map((check) => `Gate: ${check}`),
    ...people.map((person) => `Approved: ${person}`),
    `Landed: ${new Date(at).toISOString()}`,
    '',
  ].join('\n')
}

/** What others wrote must not begin a line of its own, nor act on a terminal that shows the note. */
function line(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const folded = text.replaceAll(/[\u0000-\u0020\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  return folded.length <= TEXT_MAX ? folded : `${folded.slice(0, TEXT_MAX - 3)}...`
}
