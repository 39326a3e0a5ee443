/** `sluice init`: a configuration to begin with, made for this repository; or, with `--demo`, a whole sample repository. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstCommit } from '../../git/first-commit.ts'
import { openRepository } from '../../git/repository.ts'
import { EXIT, messageOf, SluiceError } from '../../model/failure.ts'
import { CONFIG_FILE } from '../../plan/config.ts'
import { makeFolder } from '../../process/files.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'
import { document } from '../../observe/documents.ts'

export interface InitOptions extends CommonOptions {
  demo?: string
}

export async function init(options: InitOptions): Promise<number> {
  const { folder, files, next } = options.demo === undefined ? await begin() : await demo(options.demo)
  if (options.json) printJson(document('init', { folder, files }))
  else printLines([...files.map((file) => `wrote ${file}`), '', `next: ${next}`])
  return EXIT.ok
}

interface Written {
  folder: string
  files: string[]
  next: string
}

async function begin(): Promise<Written> {
  const { root, head } = await openRepository(process.cwd())
  const files = new Map([
    [CONFIG_FILE, configText(root, head.branch ?? 'main')],
    ['workstreams/hello.md', WORKSTREAM],
  ])
  for (const file of files.keys()) {
    if (!existsSync(join(root, file))) continue
    const fix = 'it is left as it is; remove it first if you want a new one'
    throw new SluiceError({ code: 'E103', message: `${file} is there already`, fix }, EXIT.usage)
  }
  // The folder of the workstreams first: that is where something may be in the way.
  for (const [file, text] of [...files].toReversed()) {
    writing(join(root, file), () => {
      makeFolder(dirname(join(root, file)))
      writeFileSync(join(root, file), text, { flag: 'wx' })
    })
  }
  return { folder: root, files: [...files.keys()], next: 'write your workstreams, then `sluice plan` and `sluice run`' }
}

/** The checks that a repository of this kind usually has; the first that fits. */
const GATES: readonly { file: string; has?: string; command: string }[] = [
  { file: 'package.json', has: '"test"', command: 'npm test' },
  { file: 'Cargo.toml', command: 'cargo test' },
  { file: 'go.mod', command: 'go test ./...' },
  { file: 'pyproject.toml', command: 'python -m pytest' },
  { file: 'Makefile', has: 'test:', command: 'make test' },
]

function configText(root: string, target: string): string {
  const found = GATES.find(({ file, has = '' }) => {
    const path = join(root, file)
    return existsSync(path) && readFileSync(path, 'utf8').includes(has)
  })
  const gate =
    found === undefined
      ? 'gate: []                         # no gate yet: put the commands here that prove a merge good'
      : `gate: ["${found.command}"]`
  return `# What runs, where it lands, and what must pass. All keys: docs/configuration.md
version: 1
target: ${target}
workstreams: ["workstreams/*.{json,yaml,md}"]
agents: 3
tools:
  order: [script, manual]          # tried in this order; manual is you
  script: { command: ["./agent.sh", "{prompt_file}"] }   # any command that works in the current directory
limits: { timeout_minutes: 30, idle_minutes: 10, attempts: 3 }
${gate}
`
}

const WORKSTREAM = `---
id: hello
title: Say hello
files_create: [HELLO.md]
estimated_hours: 0.1
---
Create HELLO.md with one friendly sentence.
`

/** Who commits the sample: it must not depend on a git configuration. */
const AUTHOR = { name: 'Sluice sample', email: 'sample@localhost' }

async function demo(where: string): Promise<Written> {
  const folder = resolve(where)
  const isTaken = existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)
  if (isTaken) {
    const what = statSync(folder).isDirectory() ? 'is not empty' : 'is not a folder'
    throw new SluiceError({ code: 'E103', message: `${folder} ${what}`, fix: 'name a new folder' }, EXIT.usage)
  }
  writing(folder, () => {
    makeFolder(folder)
    cpSync(sampleFolder(), folder, { recursive: true })
  })
  for (const file of ['check.sh', 'agents/writer.sh']) chmodSync(join(folder, file), 0o755)
  const message = 'A small handbook, to be continued\n'
  const { files } = await firstCommit(folder, { author: AUTHOR, message })
  return { folder, files, next: `cd ${folder} && sluice plan && sluice run` }
}

/** Throws E105 (exit 5) with the system's reason when `write` does not succeed at `place`. */
function writing(place: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    const fix = 'move what is in the way, or go where you may write'
    throw new SluiceError({ code: 'E105', message: `cannot write ${place}: ${messageOf(error)}`, fix }, EXIT.noGo)
  }
}

/** The sample lies beside the sources and beside the bundle: the nearest folder above that has it. */
function sampleFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const sample = join(folder, 'sample', 'handbook')
    if (existsSync(sample)) return sample
    if (dirname(folder) === folder) throw new Error('this installation has no sample')
    folder = dirname(folder)
  }
}
