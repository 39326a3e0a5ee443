/** The message of a landing commit. Its trailers are the durable record: they alone tell after a crash what has landed. */

export const TRAILER = {
  workstream: 'Sluice-Workstream',
  landing: 'Sluice-Landing',
  attempt: 'Sluice-Attempt',
  reverts: 'Sluice-Reverts',
} as const

/** Longest subject line: what `git log --oneline` and most pages show without cutting. */
const SUBJECT_MAX = 72

export interface LandingNames {
  workstream: string
  title: string
  landing: string
  attempt: number
  tool: string
}

export function landingMessage({ workstream, title, landing, attempt, tool }: LandingNames): string {
  const words = title.replaceAll(/\s+/g, ' ').trim()
  const subject = words === '' || words === workstream ? `Land ${workstream}` : `Land ${workstream}: ${words}`
  return [
    subject.length > SUBJECT_MAX ? `${subject.slice(0, SUBJECT_MAX - 3)}...` : subject,
    '',
    `Attempt ${attempt} by ${tool}.`,
    '',
    `${TRAILER.workstream}: ${workstream}`,
    `${TRAILER.landing}: ${landing}`,
    `${TRAILER.attempt}: ${attempt}`,
    '',
  ].join('\n')
}
