/** `sluice logs`: what the orchestrator told, or what a tool printed. Control characters are made inert for a terminal. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attemptDir } from '../../coordinator/paths.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { didYouMean } from '../../model/id.ts'
import { document } from '../../observe/documents.ts'
import { neutraliseLines } from '../../observe/neutralise.ts'
import { attemptFolder } from '../../process/attempt-folder.ts'
import { openSession, requireRun } from '../session.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'

export interface LogsOptions extends CommonOptions {
  attempt?: number
  tail?: number
}

export async function logs(id: string | undefined, options: LogsOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  const [rows, attempts] = await Promise.all([store.workstreams(run.id), store.attempts(run.id)])
  await store.close()
  const file = id === undefined ? join(session.paths.logs, 'orchestrator.log') : logOf(id)
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const lines = neutraliseLines(text)
  if (lines.at(-1) === '') lines.pop()
  const shown = options.tail === undefined ? lines : lines.slice(-options.tail)
  if (options.json) printJson(document('logs', { file, lines: shown }))
  else terminal.out(shown.map((line) => `${line}\n`).join(''))
  return EXIT.ok

  function logOf(workstream: string): string {
    const row = rows.find((one) => one.id.toLowerCase() === workstream.toLowerCase())
    if (row === undefined) {
      const meant = didYouMean(
        workstream,
        rows.map((one) => one.id),
      )
      const fix = meant === null ? 'sluice status lists them' : `did you mean ${meant}?`
      throw new SluiceError({ code: 'E103', message: `there is no workstream ${workstream}`, fix }, EXIT.usage)
    }
    const numbers = attempts.filter((attempt) => attempt.workstream === row.id).map((attempt) => attempt.number)
    const number = options.attempt ?? numbers.at(-1)
    if (number === undefined || !numbers.includes(number)) {
      const message = number === undefined ? `${row.id} was not tried yet` : `${row.id} has no attempt ${number}`
      const fix = numbers.length === 0 ? 'sluice explain ' + row.id : `its attempts: ${numbers.join(', ')}`
      throw new SluiceError({ code: 'E103', message, fix }, EXIT.usage)
    }
    return attemptFolder(attemptDir(session.paths, run.id, row.id, number)).out
  }
}
