/** `sluice logs analyze`: errors and warnings of the newest run's logs, clustered; what was completed; per agent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attemptDir } from '../../coordinator/paths.ts'
import { EXIT } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { analyseLogs, linesOf, type LogText } from '../../observe/log-analysis.ts'
import { analysisText } from '../../observe/log-analysis-text.ts'
import { ORCHESTRATOR_LOG } from '../../observe/log-lines.ts'
import type { Redactor } from '../../process/redact.ts'
import { attemptFolder } from '../../process/attempt-folder.ts'
import { redactorOf } from '../../process/secrets.ts'
import { openSession, requireRun } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function analyze(options: CommonOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  const attempts = await store.attempts(run.id)
  await store.close()
  const redactor = redactorOf(session.config)
  const outputs = attempts.map(({ workstream, number }): LogText => {
    const { out } = attemptFolder(attemptDir(session.paths, run.id, workstream, number))
    return { name: `${workstream}.${number}`, agent: null, lines: read(out, redactor) }
  })
  const analysis = analyseLogs(ownLogs(session.paths.logs, redactor), outputs)
  if (options.json) printJson(document('log-analysis', { run: run.id, ...analysis }))
  else printLines(analysisText(analysis))
  return EXIT.ok
}

/** Every event is in the orchestrator's log; the agents' are read for what is theirs. The older part of each comes first. */
function ownLogs(folder: string, redactor: Redactor): LogText[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const found = names.flatMap((name) => {
    const [, stem, agent, number = '0'] = /^(orchestrator|agent_(\d+))\.log(?:\.(\d+))?$/.exec(name) ?? []
    return stem === undefined
      ? []
      : [{ name, agent: agent === undefined ? null : `agent-${agent}`, number: Number(number) }]
  })
  return found
    .toSorted((a, b) => b.number - a.number)
    .map(({ name, agent }) => ({
      name: agent === null ? ORCHESTRATOR_LOG : name,
      agent,
      lines: read(join(folder, name), redactor),
    }))
}

function read(file: string, redactor: Redactor): string[] {
  return existsSync(file) ? linesOf(readFileSync(file), redactor) : []
}
