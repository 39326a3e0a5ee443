/**
 * The command line. Commands are declared here and loaded when they are called: `--version` and `--help` load nothing
 * else, and no command pays for another one's libraries.
 */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { EXIT, SluiceError } from '../model/failure.ts'
import type { ToolRule } from '../model/run.ts'
import { VERSION } from './version.ts'

// By default it would stay behind in the folder for temporary files.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice'))

// New objects get 1 MB instead of up to 32 before they are looked through: a third less memory for a large plan, and for a
// run cheaper forks, which cost as much as the memory of who forks. It takes no more time.
setFlagsFromString('--semi-space-growth-factor=1')

export interface GlobalOptions {
  json?: boolean
  input: boolean
}

/** Runs one command and sets the exit code. What it throws is told once, in one place. */
type Action<Arguments extends unknown[]> = (...args: Arguments) => Promise<number>

function guarded<Arguments extends unknown[]>(action: Action<Arguments>): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await action(...args)
    } catch (error) {
      const { reportError } = await import('./error.ts')
      process.exitCode = reportError(error, { json: wantsJson() })
    }
  }
}

/** Asked of the arguments themselves: a command line that cannot be read is told as a document too. */
function wantsJson(): boolean {
  return process.argv.includes('--json')
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

function build(): Command {
  const program = new Command('sluice')
    .description('Runs many coding agents at once on one repository and lands only what is proven.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(`sluice --help` lists the commands)')
    .configureOutput(wantsJson() ? { writeErr: () => undefined } : {})
    .exitOverride()
  const command = (signature: string, description: string): Command =>
    program
      .command(signature)
      .description(description)
      .option('--json', 'one machine-readable document on stdout')
      .option('--no-input', 'never ask')
      .exitOverride()

  command('init', 'write sluice.yaml and a sample workstream')
    .option('--demo <dir>', 'make a complete sample repository there instead')
    .action(guarded(async (options) => (await import('./commands/init.ts')).init(options)))
  command('doctor', 'check the repository, the machine and the plan before a run')
    .alias('preflight')
    .option('--fix', 'mend what is safe to mend: what ended processes have left behind')
    .action(guarded(async (options) => (await import('./commands/doctor.ts')).doctor(options)))
  command('plan', 'schedule, predicted conflicts, bound')
    .option('--agents <n>', 'seats', positive)
    .addOption(new Option('--graph <format>', 'draw the graph').choices(['mermaid', 'dot']))
    .option('--conflicts [ids...]', 'would the work in flight merge now: all of it, these, or one with all others')
    .option('--simulate', 'how long it would take, and with --inject what faults would do to it')
    .addOption(new Option('--inject <codes>', 'rehearse these faults, E208,E402').implies({ simulate: true }))
    .action(guarded(async (options) => (await import('./commands/plan.ts')).plan(options)))
  command('run', 'execute the plan, or go on with it')
    .option('--agents <n>', 'seats', positive)
    .option('--only <selector>', 'only these workstreams (may be given more than once)', collect)
    .option('--tool <name>', 'this tool comes first for every workstream')
    .option('--forbid <name>', 'nobody begins with this tool (may be given more than once)', collect)
    .option('--dry-run', 'show what would be done and change nothing')
    .addOption(new Option('--detach', 'go on in the background, and give the terminal back').conflicts('dryRun'))
    .option('--allow-red-base', 'begin although the gate fails on the untouched target')
    .action(guarded(async (options) => (await import('./commands/run.ts')).run(options)))
  command('status', 'what is happening, and what needs you')
    .option('--needs-me', 'only what needs you')
    .action(guarded(async (options) => (await import('./commands/status.ts')).status(options)))
  const logs = command('logs [id]', 'the log of the orchestrator, or of a workstream')
    .option('--attempt <n>', 'which attempt (default: the newest)', positive)
    .option('--tail <n>', 'only the last lines', positive)
    .option('-f, --follow', 'go on with what is written from now on, until nothing more can come')
    .action(guarded(async (id, options) => (await import('./commands/logs.ts')).logs(id, options)))
  logs
    .command('analyze')
    .description('errors and warnings by kind, what was completed, per agent')
    .option('--json', 'one machine-readable document on stdout')
    .option('--no-input', 'never ask')
    .exitOverride()
    .action(guarded(async (_, own) => (await import('./commands/logs-analyze.ts')).analyze(own.optsWithGlobals())))
  command('submit <id>', 'hand in your own work for a workstream')
    .option('--ref <ref>', 'the commit or branch that holds it (default: what was opened, else ws/<id>)')
    .action(guarded(async (id, options) => (await import('./commands/requests.ts')).submit(id, options)))
  command('retry <ids...>', 'a new attempt')
    .option('--tool <name>', 'by this tool')
    .option('--note <text>', 'a word for its brief')
    .option('--fresh', 'from the target, not from the work so far')
    .action(guarded(async (ids, options) => (await import('./commands/requests.ts')).retry(ids, options)))
  command('skip <ids...>', 'mark as not needed')
    .option('--satisfy', 'what depends on it may go on')
    .action(guarded(async (ids, options) => (await import('./commands/requests.ts')).skip(ids, options)))
  command('hold <ids...>', 'take out of the run for now').action(
    guarded(async (ids, options) => (await import('./commands/requests.ts')).hold(ids, options)),
  )
  command('release <ids...>', 'put back what was held').action(
    guarded(async (ids, options) => (await import('./commands/requests.ts')).release(ids, options)),
  )
  command('cancel [ids...]', 'stop workstreams, or the whole run')
    .option('--all', 'the whole run')
    .addOption(new Option('--drain', 'let running attempts come to their end').conflicts('now'))
    .option('--now', 'end running attempts at once (the default for workstreams)')
    .action(guarded(async (ids, options) => (await import('./commands/requests.ts')).cancel(ids, options)))
  command('open <id>', 'a worktree of a workstream, for you')
    .option('--fresh', 'begin again from the work so far; what is in the worktree is kept')
    .action(guarded(async (id, options) => (await import('./commands/open.ts')).open(id, options)))
  command('resolve <id>', 'settle a conflict; without an option, by what was opened')
    .addOption(new Option('--ref <ref>', 'this commit is the work; it is gated and landed').conflicts('discard'))
    .addOption(new Option('--rebase', 'bring the work onto the target anew').conflicts(['ref', 'discard']))
    .addOption(
      new Option('--tool <name>', 'this tool settles it, told what both sides want').conflicts([
        'ref',
        'rebase',
        'discard',
      ]),
    )
    .option('--discard', 'give the workstream up')
    .option('--satisfy', 'with --discard: what depends on it may go on')
    .action(guarded(async (id, options) => (await import('./commands/requests.ts')).resolve(id, options)))
  command('approve <ids...>', 'let finished work land that waits for a person')
    .option('--reject', 'it is not to land; the next attempt is told why')
    .option('--comment <text>', 'a word for the record, and for the next attempt')
    .addOption(new Option('--show', 'only show what would land, and what speaks for it').conflicts('reject'))
    .action(guarded(async (ids, options) => (await import('./commands/approve.ts')).approve(ids, options)))
  command('rollback [ids...]', 'take landings back, or bring them back again')
    .option('--to <landing>', 'all that landed after this one')
    .option('--run [run]', 'all that a run has landed (default: the newest)')
    .option('--cascade', 'what depends on it as well')
    .option('--why <text>', 'the reason, for the commits')
    .option('--dry-run', 'show what it would do, and do nothing')
    .action(guarded(async (ids, options) => (await import('./commands/rollback.ts')).rollback(ids, options)))
  command('clean', 'what cleaning would free; with --yes, free it')
    .option('--yes', 'do it: set aside, look whether all work is pinned, delete')
    .option('--archive-logs', 'also move the log files into a folder of the day')
    .action(guarded(async (options) => (await import('./commands/clean.ts')).clean(options)))
  command('reset', 'begin anew: says what is lost, asks, and keeps the branches and all finished work')
    .option('--yes', 'without asking')
    .action(guarded(async (options) => (await import('./commands/reset.ts')).reset(options)))
  command('bundle', 'everything that somebody needs to help you, in one file, without secrets')
    .option('--out <file>', 'write it there (default: .sluice/bundles/)')
    .action(guarded(async (options) => (await import('./commands/bundle.ts')).bundle(options)))
  command('report', 'what was done, with proof')
    .addOption(new Option('--format <format>', 'how').choices(['md', 'html', 'json']).default('md'))
    .option('--out <file>', 'write it there')
    .action(guarded(async (options) => (await import('./commands/report.ts')).report(options)))
  command('health', 'look at everything, slowly: objects, store, pins, and what doctor looks at')
    .option('--timer', 'print what makes cron or systemd do it every week')
    .action(guarded(async (options) => (await import('./commands/health.ts')).health(options)))
  command('explain <subject>', 'a code, or why a workstream is not running').action(
    guarded(async (subject, options) => (await import('./commands/explain.ts')).explain(subject, options)),
  )
  const tools = command('tools', 'detected tools and their abilities').action(
    guarded(async (options) => (await import('./commands/tools.ts')).tools(options)),
  )
  tools
    .command('test <name>')
    .description('try one on a tiny task, in a repository of its own that goes away again')
    .option('--json', 'one machine-readable document on stdout')
    .option('--no-input', 'never ask')
    .exitOverride()
    .action(
      guarded(async (name, _, own) =>
        (await import('./commands/tools-test.ts')).toolsTest(name, own.optsWithGlobals()),
      ),
    )
  const rule = (name: ToolRule, description: string): void => {
    tools
      .command(`${name} <name>`)
      .description(description)
      .option('--json', 'one machine-readable document on stdout')
      .option('--no-input', 'never ask')
      .exitOverride()
      .action(
        guarded(async (tool, _, own) =>
          (await import('./commands/tools-rule.ts')).toolsRule(name, tool, own.optsWithGlobals()),
        ),
      )
  }
  rule('force', 'it comes first for every workstream, from now on, in this run')
  rule('forbid', 'nobody begins with it any more in this run')
  rule('allow', 'takes force or forbid back')
  return program
}

// `sluice plan | head` closes the pipe: what was wanted has been read.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await build().parseAsync(process.argv)
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Commander has said what is wrong, if it was allowed to; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error.exitCode !== 0 && wantsJson()) {
    const message = error.message.replace(/^error: /, '')
    const failure = { code: 'E103', message, fix: '`sluice --help` lists the commands' } as const
    const { reportError } = await import('./error.ts')
    reportError(new SluiceError(failure, EXIT.usage), { json: true })
  }
}
