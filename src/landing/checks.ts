/**
 * Runs the user's checks (gate, acceptance, `after`) on exactly one commit, in a gate slot that no agent can reach.
 *
 * Steps go in order and stop at the first red one. Afterwards the tracked files must still be those of the commit:
 * a check that rewrites them has tested something else than what would land, so its verdict does not count.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, matchesGlob } from 'node:path'
import { slotEnclosure } from '../git/enclosure.ts'
import { git, records } from '../git/git.ts'
import type { Repository } from '../git/repository.ts'
import { setUpSlot } from '../git/set-up.ts'
import { copyIndex, inWorktree, prepareSlot, type Slot } from '../git/slot.ts'
import type { Check, Config } from '../model/config.ts'
import type { CheckResult } from '../model/landing.ts'
import { effect } from '../process/boundary.ts'
import { allowedEnvironment } from '../process/environment.ts'
import { replaceFile } from '../process/files.ts'
import { runShell } from '../process/run.ts'
import { withoutSecrets } from '../process/secrets.ts'

/** A check without a limit of its own. The value is that of an attempt (S16). */
const TIMEOUT_MINUTES = 30

/** What a report keeps of a check's output. */
const TAIL_BYTES_MAX = 4000

const MINUTE_MS = 60_000

/** For checks that commit something in their own slot. */
const GATE = { name: 'Sluice gate', email: 'sluice@localhost' }

export interface CheckRun {
  repo: Repository
  slot: Slot
  target: string
  commit: string
  checks: readonly Check[]
  config: Config
  /** What it writes goes here, appended. */
  logFile: string
  nonce: string
  /** Paths that the candidate changes, for `paths:` filters; null: every check runs. */
  changed: readonly string[] | null
  signal?: AbortSignal
}

export interface CheckOutcome {
  results: CheckResult[]
  /** Of the checks themselves; the checkout before and the comparison after are not in it. */
  checkMs: number
}

export async function runChecks(run: CheckRun): Promise<CheckOutcome> {
  const { repo, slot, target, commit, config } = run
  const signal = run.signal === undefined ? {} : { signal: run.signal }
  await prepareSlot(repo, slot, {
    base: commit,
    branch: null,
    target,
    keep: config.workspace.keep,
    identity: GATE,
    ...signal,
  })
  // After the slot is ready: making a new one empties its folder.
  await replaceFile(markFile(slot.dir), run.nonce)
  try {
    return await runInSlot(run)
  } finally {
    await effect('remove nonce', () => rm(markFile(slot.dir), { force: true }))
  }
}

/** Holds the mark of checks that are at work in a slot: who comes after a kill ends them by it. */
export function markFile(slotDir: string): string {
  return join(slotDir, 'nonce')
}

async function runInSlot(run: CheckRun): Promise<CheckOutcome> {
  const { repo, slot, commit, config } = run
  const signal = run.signal === undefined ? {} : { signal: run.signal }
  const environment = allowedEnvironment(process.env, {
    pass: [],
    set: { HOME: slot.home, TMPDIR: slot.tmp, CI: 'true' },
  })
  const enclosure = await slotEnclosure(repo, slot, config.sandbox)
  const setUp = await setUpSlot({
    repo,
    slot,
    commit,
    workspace: config.workspace,
    environment,
    logFile: run.logFile,
    nonce: run.nonce,
    enclosure,
    ...signal,
  })
  if (setUp.kind === 'failed') {
    const command = config.workspace.setup ?? ''
    const red = {
      name: 'set-up',
      command,
      exit: setUp.exit,
      ms: setUp.ms,
      timedOut: false,
      tail: tailOf(run, 0),
    }
    return { results: [red], checkMs: setUp.ms }
  }
  const results: CheckResult[] = []
  for (const check of run.checks) {
    if (!applies(check, run.changed)) continue
    const from = sizeOf(run.logFile)
    const result = await runShell({
      command: check.run,
      cwd: slot.worktree,
      env: environment,
      logFile: run.logFile,
      timeoutMs: (check.timeoutMinutes ?? TIMEOUT_MINUTES) * MINUTE_MS,
      nonce: run.nonce,
      enclosure,
      ...signal,
    })
    const { exit, ms, timedOut } = result
    results.push({ name: check.name, command: check.run, exit, ms, timedOut, tail: tailOf(run, from) })
    if (exit !== 0) break
  }
  const checkMs = results.reduce((sum, result) => sum + result.ms, setUp.ms)
  if (results.length > 0 && results.every(({ exit }) => exit === 0)) {
    const rewritten = await rewrittenFiles(slot, commit)
    if (rewritten.length > 0) results.push(rewroteFiles(rewritten))
  }
  return { results, checkMs }
}

function rewroteFiles(paths: string[]): CheckResult {
  const listed = paths.slice(0, 10).join(', ')
  const tail = `the checks changed tracked files, so they did not test this commit: ${listed}`
  return { name: 'tree unchanged', command: 'git diff', exit: 1, ms: 0, timedOut: false, tail }
}

/** Tracked files that no longer are those of the commit, seen through a copy of the trusted index. */
async function rewrittenFiles(slot: Slot, commit: string): Promise<string[]> {
  const index = join(slot.trusted, 'verify')
  await copyIndex(slot, index)
  const place = { ...inWorktree(slot), indexFile: index }
  const touched = records((await git(['diff-files', '-z', '--name-only', '--ignore-submodules=all'], place)).stdout)
  if (touched.length === 0) return []
  // Touched is not changed: the content decides.
  const input = touched.map((path) => `${path}\0`).join('')
  await git(['update-index', '--add', '--remove', '-z', '--stdin'], { ...place, input })
  return records((await git(['diff-index', '--cached', '--name-only', '-z', commit, '--'], place)).stdout)
}

function applies(check: Check, changed: readonly string[] | null): boolean {
  if (changed === null || check.paths.length === 0) return true
  return changed.some((path) =>
    check.paths.some((glob) => path === glob || path.startsWith(`${glob}/`) || matchesGlob(path, glob)),
  )
}

/** Names what a verdict was given by: the same tree under the same digest need not be asked twice. */
export function gateDigest(checks: readonly Check[], config: Config): string {
  const { setup, inputs, copy } = config.workspace
  return createHash('sha256')
    .update(JSON.stringify([checks, setup, inputs, copy, config.sandbox]))
    .digest('hex')
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function tailOf({ logFile, config }: CheckRun, from: number): string {
  const text =
    sizeOf(logFile) === 0 ? '' : withoutSecrets(readFileSync(logFile).subarray(from).toString('utf8'), config)
  return text.length > TAIL_BYTES_MAX ? `...${text.slice(-TAIL_BYTES_MAX)}` : text
}
