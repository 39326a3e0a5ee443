/**
 * Records what each agent prints in each case, for the tests of the adapters: `node record.ts TOOL [CASE..]`. The agent
 * is real and started by its adapter, its model is scripted. Machine paths, times and ids are made neutral, so that a record changes only when a
 * vendor changes what is printed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Script, Step } from '../../kit/model-server/script.ts'
import { closedPort, startModelServer, type ModelServer } from '../../kit/model-server/server.ts'
import { isInstalled, MODULES, TOOLS, type RealTool } from './agents.ts'
import { prepareAlone } from './alone.ts'
import { neutral } from './neutral.ts'

const WRITE: Step = { do: 'write', path: 'notes.txt', text: 'scripted\n' }
const WORK: Step[] = [WRITE, { do: 'shell', command: 'echo from the shell' }, { do: 'say', text: 'I wrote notes.txt.' }]

/** `refused` has no script: nobody listens. `hang` gets TERM once its request is there. */
const CASES: Readonly<Record<string, Script>> = {
  ok: { steps: WORK },
  auth: { steps: WORK, faults: [{ kind: 'auth' }] },
  rate: { steps: WORK, faults: [{ kind: 'rate' }] },
  'rate-once': { steps: WORK, faults: [{ kind: 'rate', times: 1 }] },
  quota: { steps: WORK, faults: [{ kind: 'quota' }] },
  payment: { steps: WORK, faults: [{ kind: 'payment' }] },
  model: { steps: WORK, faults: [{ kind: 'model' }] },
  unavailable: { steps: WORK, faults: [{ kind: 'unavailable' }] },
  overloaded: { steps: WORK, faults: [{ kind: 'overloaded' }] },
  overflow: { steps: WORK, faults: [{ kind: 'overflow' }] },
  refused: { steps: [] },
  reset: { steps: WORK, faults: [{ kind: 'reset' }] },
  drop: { steps: WORK, faults: [{ kind: 'drop' }] },
  hang: { steps: WORK, faults: [{ kind: 'hang' }] },
  empty: { steps: WORK, faults: [{ kind: 'empty' }] },
  garbage: { steps: WORK, faults: [{ kind: 'garbage' }] },
  refusal: { steps: WORK, faults: [{ kind: 'refusal' }] },
  'no-change': { steps: [{ do: 'say', text: 'Nothing has to be done.' }] },
}

const RECORDED = join(import.meta.dirname, '../recorded')

/** Some retry for minutes; what they have said by then is what an adapter gets to see. */
const RUN_MS_MAX = 180_000
const TERM_MS_MAX = 8_000
const PROMPT = 'Write the file notes.txt.'

interface End {
  code: number | null
  signal: NodeJS.Signals | null
  /** Which of our signals it took: none, TERM, or KILL after TERM was ignored. */
  killed: 'TERM' | 'KILL' | null
  changed: string[]
  ms: number
}

const [tool, ...wanted] = process.argv.slice(2) as [RealTool | undefined, ...string[]]
if (tool === undefined || !TOOLS.includes(tool)) throw new Error(`which tool? ${TOOLS.join(', ')}`)
if (!isInstalled(tool)) throw new Error(`${tool} is not installed`)
await using server = await startModelServer()
for (const name of wanted.length > 0 ? wanted : Object.keys(CASES)) await record(server, tool, name)

async function record(server: ModelServer, tool: RealTool, name: string): Promise<void> {
  const script = CASES[name]
  if (script === undefined) throw new Error(`no case ${name}`)
  // Not in the folder for temporary files: Codex refuses to have its home there.
  const cache = join(homedir(), '.cache')
  await mkdir(cache, { recursive: true })
  const dir = await realpath(await mkdtemp(join(cache, 'sluice-real-')))
  try {
    const [root, home, tmp] = ['repo', 'home', 'tmp'].map((folder) => join(dir, folder)) as [string, string, string]
    for (const folder of [root, home, tmp]) await mkdir(folder)
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } })
    git('init', '-q', '-b', 'main')
    await writeFile(join(root, 'README.md'), 'hello\n')
    git('add', '-A')
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.org', 'commit', '-qm', 'first')
    const from = server.seen.length
    const base = name === 'refused' ? await closedPort() : server.script(`${tool}-${name}`, script)
    const of = { tool, server, base, dir, root, home, tmp, prompt: PROMPT, file: 'notes.txt' }
    const prepared = await prepareAlone(of)
    const out = join(dir, 'out.log')
    const end = await run(server, name, { ...prepared, root, out })
    const status = git('status', '--porcelain', '-uall').trimEnd()
    const changed = status === '' ? [] : status.split('\n').map((line) => line.slice(3))
    const places = {
      [root]: '/repo',
      [home]: '/home/agent',
      [dir]: '/attempt',
      [base]: 'http://127.0.0.1:8080/model',
      [server.url]: 'http://127.0.0.1:8080',
    }
    const text = neutral(readFileSync(out, 'utf8'), {
      ...places,
      [MODULES]: '/tools',
    })
    await keep(tool, name, text, { ...end, changed })
    const seen = server.seen.slice(from)
    const asked = seen.map(({ kind, step, fault, path }) =>
      kind === 'step' ? `${step}${fault ? `!${fault}` : ''}` : `${kind}:${path}`,
    )
    process.stdout.write(
      `${tool} ${name} code=${end.code} signal=${end.signal} killed=${end.killed} ${end.ms} ms changed=${changed.join(',')} bytes=${text.length}\n   ${asked.join(' ').slice(0, 400)}\n`,
    )
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Running {
  argv: string[]
  env: Record<string, string>
  stdinFile: string | null
  root: string
  out: string
}

async function run(
  server: ModelServer,
  name: string,
  { argv, env, stdinFile, root, out }: Running,
): Promise<Omit<End, 'changed'>> {
  const fd = openSync(out, 'w')
  const stdin = openSync(stdinFile ?? '/dev/null', 'r')
  const began = performance.now()
  const [program, ...args] = argv
  const child = spawn(program!, args, { cwd: root, env, stdio: [stdin, fd, fd], detached: true })
  closeSync(fd)
  closeSync(stdin)
  const {
    promise: ended,
    resolve,
    reject,
  } = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>()
  child.on('error', reject)
  child.on('exit', (code, signal) => resolve({ code, signal }))
  let killed: End['killed'] = null
  const kill = (signal: 'TERM' | 'KILL'): void => {
    killed = signal
    try {
      process.kill(-child.pid!, `SIG${signal}`)
    } catch {
      // It has just ended by itself.
    }
  }
  const timers: NodeJS.Timeout[] = []
  const stop = (): void => {
    kill('TERM')
    timers.push(setTimeout(() => kill('KILL'), TERM_MS_MAX))
  }
  timers.push(setTimeout(stop, RUN_MS_MAX))
  const from = server.seen.length
  if (name === 'hang') {
    void server.request((seen) => server.seen.indexOf(seen) >= from && seen.fault === 'hang').then(stop)
  }
  const { code, signal } = await ended
  for (const timer of timers) clearTimeout(timer)
  const ms = Math.round(performance.now() - began)
  // What it left in its group must not write into the next case.
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // Nothing was left.
  }
  return { code, signal, killed, ms }
}

/** The text, and beside it how it ended: without the milliseconds, which differ every time. */
async function keep(tool: RealTool, name: string, text: string, end: End): Promise<void> {
  const folder = join(RECORDED, tool)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.txt`), text)
  const file = join(folder, 'ends.json')
  const ends = readJson(file)
  const { ms: _, ...kept } = end
  ends[name] = kept
  await writeFile(
    file,
    `${JSON.stringify(Object.fromEntries(Object.entries(ends).sort(([a], [b]) => a.localeCompare(b))), null, 2)}\n`,
  )
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  } catch {
    return {}
  }
}
