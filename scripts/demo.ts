/**
 * `npm run demo`: the main job on the sample repository, as a user would run it, without keys and without a network.
 * It ends well although one conflict is left for you: that is part of what it shows.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'sluice-demo-'))
const repository = join(folder, 'handbook')
const environment = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }
const NEEDS_A_HUMAN = 3

function show(command: string, ...args: string[]): number {
  process.stdout.write(`\n$ ${command} ${args.map((arg) => (/[\s|]/.test(arg) ? `'${arg}'` : arg)).join(' ')}\n`)
  const [program, before] = command === 'sluice' ? [process.execPath, [join(root, 'bin', 'sluice.js')]] : [command, []]
  const isFirst = args[0] === 'init'
  const stdio: ['ignore', 'inherit', 'inherit'] = ['ignore', 'inherit', 'inherit']
  const { status, error } = spawnSync(program, [...before, ...args], {
    cwd: isFirst ? folder : repository,
    env: environment,
    stdio,
  })
  if (error !== undefined) throw error
  return status ?? 1
}

function must(exit: number, expected: number, what: string): void {
  if (exit === expected) return
  process.stderr.write(`\n${what} ended with ${exit}, expected ${expected}\n`)
  process.exit(1)
}

must(show('sluice', 'init', '--demo', repository), 0, 'init')
must(show('sluice', 'plan'), 0, 'plan')
must(show('sluice', 'run'), NEEDS_A_HUMAN, 'run')
must(show('sluice', 'report'), 0, 'report')
must(show('git', 'log', '--graph', '--oneline', 'main'), 0, 'git log')
must(show('sluice', 'status'), 0, 'status')
process.stdout.write(`
Eleven workstreams have landed, each merged off to the side and gated on the exact merged tree; one conflict waits for you.
It is all in ${repository}: look around, settle the conflict as shown above, then \`sluice run\`.
`)
