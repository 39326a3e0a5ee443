/**
 * The generated parts of docs/guides/agent-fallback-strategies.md, written by `npm run playbooks`: what tools can do, from the
 * tools themselves, and the decision tree, from the policy. A test holds the page to them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_IN_TOOLS } from '../src/model/config.ts'
import { branchText } from '../src/observe/decision-text.ts'
import { withDefaults } from '../src/plan/config-defaults.ts'
import { BRANCHES } from '../src/schedule/decision-tree.ts'
import { COLUMNS } from '../src/tools/abilities.ts'
import { describeTools } from '../src/tools/registry.ts'

export const FALLBACK_GUIDE = join(import.meta.dirname, '../docs/guides/agent-fallback-strategies.md')

/** The page with its generated parts as they have to be; throws when it has lost a mark. */
export async function withGenerated(page: string): Promise<string> {
  const parts = { abilities: await abilities(), columns: columns(), tree: tree() }
  let text = page
  for (const [name, lines] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- the end of the ${name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`the guide to fallbacks has no place for the ${name}`)
    text = `${text.slice(0, from + begin.length)}\n${lines.join('\n')}\n\n${text.slice(to)}`
  }
  return text
}

async function abilities(): Promise<string[]> {
  const rows = await describeTools(withDefaults({}), { root: '/', environment: {}, versions: false })
  const heads = ['tool', ...COLUMNS.map(({ heading }) => heading)]
  return [
    row(heads),
    row(heads.map(() => '---')),
    ...rows
      .filter(({ id }) => BUILT_IN_TOOLS.includes(id) && id !== 'demo')
      .map((one) => row([`\`${one.id}\``, ...COLUMNS.map(({ cell }) => cell(one.abilities))])),
  ]
}

function columns(): string[] {
  return COLUMNS.map(({ heading, meaning }) => `- ${heading}: ${meaning}.`)
}

function tree(): string[] {
  const lines = BRANCHES.map((branch, index) => `${index === BRANCHES.length - 1 ? '└─' : '├─'} ${branchText(branch)}`)
  return ['```', 'a try ends', ...lines, '```']
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

if (import.meta.main) writeFileSync(FALLBACK_GUIDE, await withGenerated(readFileSync(FALLBACK_GUIDE, 'utf8')))
