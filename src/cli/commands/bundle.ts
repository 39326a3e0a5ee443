/**
 * `sluice bundle`: what somebody who is asked for help needs to see, in one file. Each part is made by itself, so that a
 * damaged store or configuration is told in its place and does not keep the rest back. Secrets are taken out of every line.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { attemptDir } from '../../coordinator/paths.ts'
import { git } from '../../git/git.ts'
import { listRefs } from '../../git/refs.ts'
import { EXIT, messageOf, SluiceError } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { linesOf } from '../../observe/log-analysis.ts'
import type { Redactor } from '../../process/redact.ts'
import { tarOf } from '../../observe/tar.ts'
import { findLeftovers } from '../../playbook/leftovers/find.ts'
import { attemptFolder } from '../../process/attempt-folder.ts'
import { makeFolder } from '../../process/files.ts'
import { bytesText } from '../../playbook/checks/machine.ts'
import { examine } from '../preflight.ts'
import { redactorOf } from '../../process/secrets.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { surroundingsOf } from '../surroundings.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'
import { VERSION } from '../version.ts'
import { reportText } from './report.ts'
import { currentStatus } from './status.ts'

export interface BundleOptions extends CommonOptions {
  out?: string
}

/** The end of each log and of each attempt's output. */
const LOG_BYTES_MAX = 512 * 1024
const OUTPUT_BYTES_MAX = 64 * 1024

/** The newest of each. */
const ATTEMPTS_MAX = 100
const EVENTS_MAX = 10_000

export async function bundle(options: BundleOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
  const file =
    options.out === undefined ? join(session.paths.state, 'bundles', `sluice-${stamp}.tar.gz`) : resolve(options.out)
  const files = await gather(session, `sluice-${stamp}`)
  const bytes = gzipSync(tarOf(files, Date.now()))
  try {
    if (options.out === undefined) makeFolder(join(session.paths.state, 'bundles'))
    writeFileSync(file, bytes)
  } catch (error) {
    const fix = 'name a file that you may write: sluice bundle --out FILE'
    throw new SluiceError({ code: 'E103', message: `cannot write ${file}: ${messageOf(error)}`, fix }, EXIT.usage)
  }
  if (options.json) printJson(document('bundle', { file, bytes: bytes.length, files: [...files.keys()] }))
  else {
    printLines([
      `${file} (${bytesText(bytes.length)}, ${files.size} files)`,
      'Keys and passwords that are known as such are taken out; file names, commands and messages are not. Look before you send it:',
      `  tar -xzf ${file} -O | less`,
    ])
  }
  return EXIT.ok
}

async function gather(session: Session, folder: string): Promise<Map<string, string>> {
  const { paths } = session
  const redactor = redactorOf(session.config)
  const parts: [string, () => Promise<string> | string][] = [
    ['versions.txt', () => versionsText()],
    ['doctor.json', async () => json(await examine(process.cwd(), await findLeftovers(await surroundingsOf(session))))],
    ['status.json', async () => json(await currentStatus(session))],
    ['report.json', () => reportText(session, 'json')],
    ['events.ndjson', () => eventsText(session)],
    ['git.txt', () => gitText(session)],
    ['sluice.yaml', () => readFileSync(join(session.repo.root, 'sluice.yaml'), 'utf8')],
    ...logNames(paths.logs).map((name): [string, () => string] => [
      `logs/${name}`,
      () => tailOf(join(paths.logs, name), LOG_BYTES_MAX),
    ]),
    ...(await outputs(session)),
  ]
  const files = new Map<string, string>()
  for (const [name, make] of parts) files.set(`${folder}/${name}`, safe(await textOf(make), redactor))
  return files
}

async function textOf(make: () => Promise<string> | string): Promise<string> {
  try {
    return await make()
  } catch (error) {
    return `this could not be read: ${messageOf(error)}\n`
  }
}

function safe(text: string, redactor: Redactor): string {
  return linesOf(Buffer.from(text), redactor)
    .map((line) => `${line}\n`)
    .join('')
}

function json(value: object): string {
  return JSON.stringify(value, null, 2)
}

function versionsText(): string {
  const system = `${platform()} ${release()} ${arch()}`
  return `sluice ${VERSION}\nnode ${process.versions.node}\nsqlite ${process.versions['sqlite'] ?? '?'}\nsystem ${system}\n`
}

async function eventsText(session: Session): Promise<string> {
  const { store, run } = await requireRun(session)
  try {
    const events = await store.events(run.id, 0, Number.MAX_SAFE_INTEGER)
    return events
      .slice(-EVENTS_MAX)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join('')
  } finally {
    await store.close()
  }
}

/** What git says about the repository: where refs stand, which worktrees there are. Nothing of its configuration. */
async function gitText({ repo, config }: Session): Promise<string> {
  const refs = await listRefs(repo, `refs/heads/${config.target}`, 'refs/heads/ws', 'refs/sluice')
  const { stdout } = await git(['worktree', 'list', '--porcelain'], { gitDir: repo.gitDir })
  const head = `HEAD ${repo.head.branch ?? 'detached'} ${repo.head.commit ?? 'unborn'}`
  return [head, ...refs.map(({ ref, object }) => `${object} ${ref}`), '', stdout].join('\n')
}

function logNames(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => /\.log(\.\d+)?$/.test(name)) : []
}

/** What tools printed, of the newest attempts that did not end well or not yet. */
async function outputs(session: Session): Promise<[string, () => string][]> {
  try {
    const { store, run } = await requireRun(session)
    const attempts = await store.attempts(run.id)
    await store.close()
    const troubled = attempts.filter(({ outcome }) => outcome?.kind !== 'ok' && outcome?.kind !== 'empty')
    return troubled.slice(-ATTEMPTS_MAX).map(({ workstream, number }) => {
      const { out } = attemptFolder(attemptDir(session.paths, run.id, workstream, number))
      return [`attempts/${workstream}.${number}.log`, () => (existsSync(out) ? tailOf(out, OUTPUT_BYTES_MAX) : '')]
    })
  } catch (error) {
    if (error instanceof SluiceError) return []
    throw error
  }
}

/** From the first whole line on: half a secret would not be recognised. */
function tailOf(file: string, bytesMax: number): string {
  const bytes = readFileSync(file)
  if (bytes.length <= bytesMax) return bytes.toString('utf8')
  const tail = bytes.subarray(bytes.length - bytesMax)
  return tail.subarray(tail.indexOf(0x0a) + 1).toString('utf8')
}
