/** What tools can do, as the columns of one matrix: `sluice tools` prints it, the guide to fallbacks shows it. */
import type { Ability, Detection } from './tool.ts'

export interface Column {
  heading: string
  /** What a `yes` in it says, for the guide. */
  meaning: string
  cell: (abilities: readonly Ability[]) => string
}

const BRIEFS = { 'prompt-file': 'file', 'prompt-stdin': 'stdin', 'prompt-arg': 'arg' } as const

function yesFor(ability: Ability): Column['cell'] {
  return (abilities) => (abilities.includes(ability) ? 'yes' : '-')
}

/** Every ability is in one of them; a test holds that. */
export const COLUMNS: readonly Column[] = [
  { heading: 'ALONE', meaning: 'works without a person', cell: yesFor('unattended') },
  {
    heading: 'BRIEF',
    meaning: 'how it is handed its brief: as a `file`, on its `stdin`, as an argument (`arg`)',
    cell: (abilities) =>
      abilities.flatMap((one) => (one in BRIEFS ? [BRIEFS[one as keyof typeof BRIEFS]] : []))[0] ?? '-',
  },
  {
    heading: 'RESUME',
    meaning: 'goes on with its own earlier conversation when it tries again on the same seat',
    cell: yesFor('resume'),
  },
  { heading: 'EVENTS', meaning: 'tells what it does while it does it', cell: yesFor('events') },
  { heading: 'USAGE', meaning: 'says what it used in tokens, so that a budget can stop it', cell: yesFor('usage') },
  { heading: 'URL', meaning: 'its model can be served from another address (`base_url`)', cell: yesFor('base-url') },
]

/** A coding agent, as far as can be known: what asks a model can be told where that is, or says what it used. */
export function asksModel({ abilities }: Pick<Detection, 'abilities'>): boolean {
  return abilities.includes('base-url') || abilities.includes('usage')
}
