/**
 * `npm run smoke`: the package as a stranger gets it. It is packed, installed into an empty folder without anything
 * beside it, and does the main job there from its bundle; an older Node is told what is needed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const NODE_NEEDED = 24
/** As a shell says it of a program that is not there. */
const NOT_FOUND = 127
const NEEDS_A_HUMAN = 3
const USAGE = 2
const TARBALL_KB_MAX = 1024

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-smoke-')))
try {
  smoke()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function smoke(): void {
  const tarball = pack()
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  // Nothing may have to be fetched: what is needed is in the bundle.
  npm(project, 'install', '--offline', '--no-save', '--ignore-scripts', tarball)
  const others = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.') && name !== 'sluice')
  must(others.length === 0, `the package is alone, without ${others.join(', ') || 'dependencies'}`)
  const launcher = join(project, 'node_modules', 'sluice', 'bin', 'sluice.js')

  const home = join(folder, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'gitconfig'), '')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: join(folder, 'state'),
    GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const sluice = (cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [launcher, ...args], { cwd, env, encoding: 'utf8' })

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const shown = sluice(project, '--version')
  must(shown.stdout === `${version}\n` && shown.stderr === '', `--version says ${version} and nothing else`)

  const client = join(project, 'node_modules', 'sluice', 'dist', 'acp-client.js')
  const acp = spawnSync(process.execPath, [client, '{}', 'no-such-agent'], { cwd: project, env, encoding: 'utf8' })
  must(acp.status === NOT_FOUND, 'the client for agents by ACP starts, and says what is not there', acp.stderr)

  const repository = join(folder, 'handbook')
  must(sluice(folder, 'init', '--demo', repository).status === 0, 'init --demo makes the sample')
  const run = sluice(repository, 'run', '--no-input')
  must(run.status === NEEDS_A_HUMAN, 'run lands the sample and leaves its conflict to a human', run.stderr)
  must(!/warning/i.test(run.stderr), 'run prints no warning of Node', run.stderr)
  const { counts } = JSON.parse(sluice(repository, 'status', '--json').stdout)
  must(counts.landed === 11 && counts.conflict === 1, 'eleven have landed, one is a conflict', JSON.stringify(counts))
  const landed = execFileSync('git', ['log', '--first-parent', '--format=%H', '--grep=^Sluice-Landing:', 'main'], {
    cwd: repository,
    env,
    encoding: 'utf8',
  })
  must(landed.trim().split('\n').length === 11, 'and git says the same')

  const older = olderNode()
  if (older === null) return say('skipped: no Node older than 24 is on this machine')
  const refused = spawnSync(older, [launcher, '--version'], { cwd: project, env, encoding: 'utf8' })
  must(refused.status === USAGE && refused.stdout === '', `${older} is refused with exit ${USAGE}`, refused.stdout)
  must(refused.stderr.includes(`needs Node ${NODE_NEEDED}`), 'and told what is needed', refused.stderr)
}

interface Packed {
  filename: string
  files: { path: string }[]
}

/** Packs into the folder and gives the tarball; looks at what is in it. */
function pack(): string {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder)) as Packed[]
  const { filename, files } = packed!
  const paths = files.map(({ path }) => path)
  const needed = [
    'bin/sluice.js',
    'dist/main.js',
    'dist/demo-agent.js',
    'dist/acp-client.js',
    'dist/licenses.md',
    'schema/sluice.schema.json',
    'LICENSE',
  ]
  const missing = needed.filter((path) => !paths.includes(path))
  must(missing.length === 0, `the package holds what it needs (${paths.length} files)`, missing.join(', '))
  const stray = paths.filter((path) => /^(src|test|bench|scripts)\//.test(path))
  must(stray.length === 0, 'and nothing that it does not need', stray.join(', '))
  const tarball = join(folder, filename)
  const kb = Math.ceil(statSync(tarball).size / 1024)
  must(kb <= TARBALL_KB_MAX, `the tarball is small: ${kb} KB (at most ${TARBALL_KB_MAX})`)
  return tarball
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** A Node on PATH that is too old, if there is one. */
function olderNode(): string | null {
  for (const entry of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(entry, 'node')
    const { status, stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' })
    if (status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) < NODE_NEEDED) return candidate
  }
  return null
}

function must(holds: boolean, what: string, evidence = ''): void {
  if (holds) return say(`ok: ${what}`)
  process.stderr.write(`FAILED: ${what}\n${evidence}\n`)
  throw new Error(what)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
