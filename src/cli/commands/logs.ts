/** `sluice logs`: what the orchestrator told, or what a tool printed. What was written by others is made inert, secrets are out. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wordsOf } from '../../attempt/hearing.ts'
import { attemptDir } from '../../coordinator/paths.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { didYouMean } from '../../model/id.ts'
import { document } from '../../observe/documents.ts'
import { LineReader } from '../../observe/line-reader.ts'
import { linesOf } from '../../observe/log-analysis.ts'
import { ORCHESTRATOR_LOG } from '../../observe/log-lines.ts'
import { neutralise } from '../../observe/neutralise.ts'
import type { Redactor } from '../../process/redact.ts'
import { attemptFolder } from '../../process/attempt-folder.ts'
import { isHeld } from '../../process/lock.ts'
import { follow } from '../../process/tail.ts'
import { toolsOf } from '../../tools/registry.ts'
import { listenInterrupts } from '../interrupts.ts'
import { redactorOf } from '../../process/secrets.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'

export interface LogsOptions extends CommonOptions {
  attempt?: number
  tail?: number
  follow?: boolean
}

/** A file, and whether somebody may still write into it. */
interface Source {
  file: string
  isOver: () => Promise<boolean>
  /** What a line says to people; a tool may print for machines. */
  words: (line: string) => string[]
}

export async function logs(id: string | undefined, options: LogsOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const source =
    id === undefined ? await orchestratorLog(session) : await attemptLog(session, id, options.attempt ?? null)
  const redactor = redactorOf(session.config)
  const bytes = existsSync(source.file) ? readFileSync(source.file) : Buffer.alloc(0)
  if (options.follow) return await followLog(session, source, options)
  const lines = linesOf(bytes, redactor).flatMap(inWords(source, redactor))
  const shown = options.tail === undefined ? lines : lines.slice(-options.tail)
  if (options.json) printJson(document('logs', { file: source.file, lines: shown }))
  else terminal.out(shown.map((line) => `${line}\n`).join(''))
  return EXIT.ok
}

/** Last lines shown before what is new, where nothing else is asked for. */
const TAIL_LINES = 20

/** Until nobody writes any more, or Ctrl-C. With `--json` a line is a document. */
async function followLog(session: Session, source: Source, { json, tail = TAIL_LINES }: LogsOptions): Promise<number> {
  const { file, isOver } = source
  const redactor = redactorOf(session.config)
  const words = inWords(source, redactor)
  const print = (line: string): void =>
    terminal.out(`${json ? JSON.stringify(document('log-line', { line })) : line}\n`)
  const stopping = new AbortController()
  using _interrupts = listenInterrupts(() => stopping.abort())
  const from = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const before = from === 0 ? Buffer.alloc(0) : readFileSync(file).subarray(0, from)
  const reader = new LineReader(redactor)
  for (const line of reader.push(before).flatMap(words).slice(-tail)) print(line)
  for await (const chunk of follow(file, { from, isOver, signal: stopping.signal })) {
    for (const line of reader.push(chunk).flatMap(words)) print(line)
  }
  const last = reader.end()
  if (last !== null) for (const line of words(last)) print(line)
  return EXIT.ok
}

/** What was written as an escape of JSON is a sign of its own by now. */
function inWords({ words }: Source, redactor: Redactor): (line: string) => string[] {
  return (line) => words(line).map((said) => (said === line ? line : redactor.line(neutralise(said))))
}

/** Throws E103 when nothing was run here yet. */
async function orchestratorLog(session: Session): Promise<Source> {
  const { paths } = session
  await (await requireRun(session)).store.close()
  const isOver = async (): Promise<boolean> => !existsSync(paths.lock) || !(await isHeld(paths.lock))
  return { file: join(paths.logs, ORCHESTRATOR_LOG), isOver, words: (line) => [line] }
}

/** Of an attempt, the newest when none is named. Throws E103 when there is none. */
async function attemptLog(session: Session, workstream: string, asked: number | null): Promise<Source> {
  const { store, run } = await requireRun(session)
  const [rows, attempts] = await Promise.all([store.workstreams(run.id), store.attempts(run.id)])
  await store.close()
  const row = rows.find((one) => one.id.toLowerCase() === workstream.toLowerCase())
  if (row === undefined) {
    const ids = rows.map((one) => one.id)
    const meant = didYouMean(workstream, ids)
    const fix = meant === null ? 'sluice status lists them' : `did you mean ${meant}?`
    throw new SluiceError({ code: 'E103', message: `there is no workstream ${workstream}`, fix }, EXIT.usage)
  }
  const numbers = attempts.filter((attempt) => attempt.workstream === row.id).map((attempt) => attempt.number)
  const number = asked ?? numbers.at(-1)
  if (number === undefined || !numbers.includes(number)) {
    const message = number === undefined ? `${row.id} was not tried yet` : `${row.id} has no attempt ${number}`
    const fix = numbers.length === 0 ? 'sluice explain ' + row.id : `its attempts: ${numbers.join(', ')}`
    throw new SluiceError({ code: 'E103', message, fix }, EXIT.usage)
  }
  const folder = attemptFolder(attemptDir(session.paths, run.id, row.id, number))
  const attempt = attempts.find((one) => one.workstream === row.id && one.number === number)!
  const isSettled = attempt.phase === 'settled'
  const tool = toolsOf(session.config).get(attempt.tool)
  const words = tool?.kind === 'process' ? wordsOf(tool) : (line: string): string[] => [line]
  return { file: folder.out, isOver: () => Promise.resolve(isSettled || existsSync(folder.exit)), words }
}
