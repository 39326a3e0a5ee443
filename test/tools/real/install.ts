/**
 * Brings the agents that Sluice is tested with: npm's by the lockfile beside this file, Aider into a Python environment.
 * Both lie in ignored folders and are made anew only when their list changes. What cannot be had is told, never an error:
 * a machine without Python still tests the others.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AIDER_FOLDER, isInstalled, MODULES, TOOLS, type RealTool } from './agents.ts'

const HERE = import.meta.dirname

/** Aider's own range. */
const PYTHONS = ['python3.12', 'python3.11', 'python3.10', 'python3'] as const
const PYTHON_OLDEST = '(3, 10)'
const PYTHON_TOO_NEW = '(3, 13)'

/** 1.6 GB from the registry, and a hundred Python packages. */
const INSTALL_MS_MAX = 15 * 60_000

export interface Availability {
  tool: RealTool
  /** Why it cannot be tested here; null when it can. */
  reason: string | null
}

/** Installs what is missing and says what is there. */
export function installed(): Availability[] {
  const npm = keptUpToDate(MODULES, 'package-lock.json', () => {
    // Not `npm ci`: it refuses a lockfile that lacks programs for other systems, which not every registry has. The versions
    // are those of the lockfile all the same, and it stays as it is.
    run('npm', ['install', '--no-save'])
  })
  const aider = keptUpToDate(AIDER_FOLDER, 'requirements.txt', () => {
    const python = pythonForAider()
    if (python === null) throw new Error('no Python from 3.10 to 3.12 on PATH')
    rmSync(AIDER_FOLDER, { recursive: true, force: true })
    run(python, ['-m', 'venv', AIDER_FOLDER])
    run(join(AIDER_FOLDER, 'bin/pip'), ['install', '-q', '-r', 'requirements.txt'])
  })
  return TOOLS.map((tool) => {
    const failed = tool === 'aider' ? aider : npm
    if (failed !== null) return { tool, reason: failed }
    return { tool, reason: isInstalled(tool) ? null : 'its package has no program for this system' }
  })
}

/** Makes `folder` unless it was made of this very list; gives why that failed, or null. */
function keptUpToDate(folder: string, list: string, make: () => void): string | null {
  const stamp = join(folder, '.made-of')
  const digest = createHash('sha256')
    .update(readFileSync(join(HERE, list)))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return null
  try {
    make()
    writeFileSync(stamp, digest)
    return null
  } catch (error) {
    return firstWords(error as Error & { stderr?: Buffer })
  }
}

/** What a program said first, without what it puts before each line; else what we know of it. */
function firstWords({ message, stderr }: Error & { stderr?: Buffer }): string {
  const lines = (stderr?.toString() ?? '').split('\n').map((line) => line.replace(/^npm error( code)?/i, '').trim())
  return lines.find((line) => line !== '') ?? message.split('\n')[0]!
}

function pythonForAider(): string | null {
  const program = `import sys; sys.exit(not ${PYTHON_OLDEST} <= sys.version_info[:2] < ${PYTHON_TOO_NEW})`
  for (const python of PYTHONS) {
    try {
      execFileSync(python, ['-c', program], { stdio: 'ignore' })
      return python
    } catch {
      // Not there, or of another version: the next one.
    }
  }
  return null
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, [...args], { cwd: HERE, stdio: ['ignore', 'inherit', 'pipe'], timeout: INSTALL_MS_MAX })
}
