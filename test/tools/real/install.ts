/**
 * Brings the agents that Sluice is tested with: npm's by the lockfile beside this file, Aider into a Python environment.
 * Both lie in ignored folders (or where SLUICE_TEST_AGENTS says) and are made anew only when their list changes. What cannot
 * be had is told, never an error: a machine without Python still tests the others.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AIDER_FOLDER, FOLDERS, INSTALLED, isInstalled, MODULES, SETTINGS, TOOLS, type RealTool } from './agents.ts'

const HERE = import.meta.dirname
const execute = promisify(execFile)

/** Aider's own range. */
const PYTHONS = ['python3.12', 'python3.11', 'python3.10', 'python3'] as const
const PYTHON_OLDEST = '(3, 10)'
const PYTHON_TOO_NEW = '(3, 13)'

/** 1.6 GB from the registry, and a hundred Python packages: two minutes where both are near. */
const INSTALL_MS_MAX = 10 * 60_000
/** With tries and waits of their own, both would find out in a quarter of an hour that there is no network. */
const PIP_TRIES = ['--retries', '2', '--timeout', '20'] as const
const NPM_TRIES = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'] as const

/** To tell its version, on a machine that has much else to do. */
const START_MS_MAX = 120_000

export interface Availability {
  tool: RealTool
  /** Why it cannot be tested here; null when it can. */
  reason: string | null
}

/** Installs what is missing, both kinds at once, and says what is there. */
export async function installed(): Promise<Availability[]> {
  await mkdir(INSTALLED, { recursive: true })
  const [npm, aider] = await Promise.all([
    keptUpToDate(MODULES, 'package-lock.json', fromNpm),
    keptUpToDate(AIDER_FOLDER, 'requirements.txt', fromPython),
  ])
  const reasonOf = async (tool: RealTool): Promise<string | null> =>
    (tool === 'aider' ? aider : npm) ?? (await startProblem(tool))
  return Promise.all(TOOLS.map(async (tool) => ({ tool, reason: await reasonOf(tool) })))
}

/** Why it does not even tell its version: npm passes over a program for this system that it could not fetch. */
async function startProblem(tool: RealTool): Promise<string | null> {
  const program = FOLDERS.map((folder) => join(folder, tool)).find((path) => existsSync(path))
  if (program === undefined) return 'its package has no program for this system'
  const env = { ...process.env, ...SETTINGS[tool].shared }
  try {
    await execute(program, ['--version'], { env, timeout: START_MS_MAX })
    return null
  } catch (error) {
    return `it does not start: ${firstWords(error as Error & { stderr?: string; killed?: boolean })}`
  }
}

/**
 * Not `npm ci`: it refuses a lockfile that lacks programs for other systems, which not every registry has. The versions are
 * those of the lockfile all the same, and it stays as it is.
 */
async function fromNpm(): Promise<void> {
  if (INSTALLED !== HERE) {
    for (const name of ['package.json', 'package-lock.json']) await copyFile(join(HERE, name), join(INSTALLED, name))
  }
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...NPM_TRIES])
  // It unpacks itself when it is first started: once, and not many times at the same time.
  if (isInstalled('copilot')) await run(join(MODULES, '.bin/copilot'), ['--version'], SETTINGS.copilot.shared)
}

async function fromPython(): Promise<void> {
  const python = await pythonForAider()
  if (python === null) throw new Error('no Python from 3.10 to 3.12 on PATH')
  await run(python, ['-m', 'venv', AIDER_FOLDER])
  await run(join(AIDER_FOLDER, 'bin/pip'), ['install', '-q', ...PIP_TRIES, '-r', join(HERE, 'requirements.txt')])
}

/** Makes `folder` unless it was made of this very list; gives why that failed, or null. */
async function keptUpToDate(folder: string, list: string, make: () => Promise<void>): Promise<string | null> {
  const stamp = join(folder, '.made-of')
  const digest = createHash('sha256')
    .update(await readFile(join(HERE, list)))
    .digest('hex')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest) return null
  try {
    await rm(folder, { recursive: true, force: true })
    await make()
    await writeFile(stamp, digest)
    return null
  } catch (error) {
    // Half of an agent would be taken for one that fails.
    await rm(folder, { recursive: true, force: true })
    return `it cannot be installed: ${firstWords(error as Error & { stderr?: string; killed?: boolean })}`
  }
}

/** What a program calls its error, or said first, without what it puts before each line; else what we know of it. */
function firstWords({ message, stderr, killed }: Error & { stderr?: string; killed?: boolean }): string {
  if (killed === true) return 'it took too long'
  const said = (stderr ?? '').split('\n')
  const lines = said.map((line) => line.replace(/^npm error( code)?/i, '').trim()).filter((line) => line !== '')
  return lines.find((line) => line.startsWith('ERROR: ')) ?? lines[0] ?? message.split('\n')[0]!
}

async function pythonForAider(): Promise<string | null> {
  const program = `import sys; sys.exit(not ${PYTHON_OLDEST} <= sys.version_info[:2] < ${PYTHON_TOO_NEW})`
  for (const python of PYTHONS) {
    try {
      await execute(python, ['-c', program])
      return python
    } catch {
      // Not there, or of another version: the next one.
    }
  }
  return null
}

async function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const limits = { timeout: INSTALL_MS_MAX, maxBuffer: 64 * 1024 * 1024 }
  await execute(program, [...args], { cwd: INSTALLED, env: { ...process.env, ...env }, ...limits })
}
