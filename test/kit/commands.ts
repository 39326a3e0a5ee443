/** The commands that there are, asked of the command line itself: what a page or a playbook may tell a person to type. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const BIN = join(import.meta.dirname, '../../bin/sluice.js')

/** Options by command; a command of two words (`logs analyze`) stands under both of them. */
export type Declared = ReadonlyMap<string, ReadonlySet<string>>

function help(...command: string[]): string {
  return execFileSync(process.execPath, [BIN, ...command, '--help'], { encoding: 'utf8' })
}

/** Names in the section `Commands:` of a help. */
function commandsIn(text: string): string[] {
  const section = text.slice(text.indexOf('\nCommands:'))
  if (section === text.slice(-1)) return []
  const names = [...section.matchAll(/^ {2}([a-z][a-z-]*(?:\|[a-z-]+)?)/gm)].flatMap(([, name]) => name!.split('|'))
  return names.filter((name) => name !== 'help')
}

function optionsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/(?<=^ {2}|, | \|)--?[A-Za-z][a-z-]*/gm)].map(([option]) => option))
}

export function declared(): Declared {
  const top = help()
  const found = new Map<string, Set<string>>([['', optionsIn(top)]])
  for (const name of commandsIn(top)) found.set(name, optionsIn(help(name)))
  return found
}

/** What is wrong with a command line as it is written; null when it can be typed. */
export function problemOf(line: string, commands: Declared): string | null {
  const [, name = '', ...words] = line.trim().split(/\s+/)
  const options = commands.get(name.startsWith('-') ? '' : name)
  if (options === undefined) return `there is no command ${name}: ${line}`
  const flags = [name, ...words].filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split('=')[0]!)
  const lost = flags.find((flag) => !options.has(flag))
  return lost === undefined ? null : `${name} has no option ${lost}: ${line}`
}

/** Lines of shell that call sluice, one command each; comments and what follows a pipe are taken off. */
export function callsIn(text: string): string[] {
  return [...text.matchAll(/(?:^|&& |\|\| |; )\s*(sluice(?: [^\n#|;&`]*)?)/gm)].map(([, call]) => call!.trim())
}
