/**
 * `npm run playbooks`: writes docs/playbooks/ from the modules in src/playbook/codes/, one page a code and a table of
 * symptoms. What `sluice explain` prints and what the pages say is thereby the same text; a test holds them equal.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Code, CODES } from '../src/model/failure.ts'
import { ENTRIES } from '../src/playbook/codes/index.ts'
import type { Entry } from '../src/playbook/entry.ts'

/** Headings by the first digit of the number: the spaces that `src/model/failure.ts` gives them. */
const AREAS: Readonly<Record<string, string>> = {
  1: 'Before a run',
  2: 'A tool and its attempt',
  3: 'The machine',
  4: 'Git, worktrees and landings',
  5: 'Checks',
  6: 'People, budgets and state',
}

const TRIAGE = `# Playbooks: what you see, and what to do

Every failure that Sluice knows has a code. Find what you see, open the page; or ask where you are:

\`\`\`sh
sluice status --needs-me   # what waits for you, with the commands
sluice explain ID          # why a workstream is not running, and what would make it run
sluice explain CODE        # the page of a code, with what your run has to do with it
\`\`\`

When you do not know where to begin: [the failure recovery playbook](../guides/failure-recovery-playbook.md) goes through whole scenarios.
These pages are written by \`npm run playbooks\` from \`src/playbook/codes/\`: change them there.
`

/** File name in docs/playbooks/ and text of every page. */
export function playbookPages(): Map<string, string> {
  const pages = new Map(ENTRIES.map((entry) => [`${entry.code}.md`, page(entry)]))
  return pages.set('README.md', triage())
}

function triage(): string {
  const areas = Object.entries(AREAS).map(([digit, title]) => {
    const entries = ENTRIES.filter(({ code }) => code[1] === digit)
    const rows = entries.flatMap(({ code, seen }) =>
      seen.map((text) => `| ${prose(text)} | [${code}](${code}.md) | ${CODES[code]} |`),
    )
    return `\n## ${title}\n\n| you see | code | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
  })
  return TRIAGE + areas.join('')
}

function page({ code, symptom, detect, diagnosis, automatic, manual }: Entry): string {
  return `# ${code} ${CODES[code]}

${prose(symptom)}

## How it is found

${prose(detect)} \`sluice explain ${code}\` shows where your run has met it.

## Diagnosis

${prose(diagnosis)}

## What Sluice does by itself

${prose(automatic)}${proofOf(code)}

## What you do

\`\`\`sh
${manual.join('\n')}
\`\`\`

[All playbooks](README.md)
`
}

/** A tool's, the machine's and a check's failures are overcome by a later try, conflicts and orphans at once. */
const REPAIRED = /^(E[23]\d\d|E40[23]|E50[123])$/

function proofOf(code: Code): string {
  return REPAIRED.test(code) ? ' What was repaired is among the fixes of `sluice report`, each with its proof.' : ''
}

/** Angle brackets outside of code would be tags to a reader of Markdown. */
function prose(text: string): string {
  const parts = text.split('`')
  return parts.map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part)).join('`')
}

/** Writes them all, and removes pages of codes that are gone. */
function write(folder: string): void {
  const pages = playbookPages()
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name))
  for (const [name, text] of pages) writeFileSync(join(folder, name), text)
}

if (import.meta.main) write(join(import.meta.dirname, '..', 'docs', 'playbooks'))
