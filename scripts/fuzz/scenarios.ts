/**
 * What the crash fuzz runs. Three workstreams whose work is there already, in situations that between them cross every step of
 * landing, of pushing to a remote and of taking back: each is prepared once, up to the moment when only that is left to do.
 * And a whole run (`whole.ts`).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  commitOf,
  type Files,
  firstCommit,
  GATE,
  peopleFile,
  PERSON_FILE,
  type Prepared,
  remoteOf,
  RUN,
  type Scenario,
} from './scenario.ts'
import type { Stage } from './stage.ts'
import { whole } from './whole.ts'

const IDS = ['a', 'b', 'c'] as const
type Id = (typeof IDS)[number]

const TEXT = 'one\ntwo\nthree\nfour\nfive\n'

const FIRST: Files = {
  'README.md': 'hello\n',
  '.gitignore': '.sluice/\n',
  'shared.txt': TEXT,
  'old.txt': 'to be removed\n',
  'user.txt': 'as committed\n',
}

const GREEN_A: Files = { 'a.txt': 'by a\n', 'folder/deep.txt': 'by a\n', 'old.txt': null }
const GREEN_B: Files = { 'b.txt': 'by b\n', 'shared.txt': TEXT.replace('one', 'ONE') }
const GREEN_C: Files = { 'c.txt': 'by c\n', 'shared.txt': TEXT.replace('five', 'FIVE') }
const RED_B: Files = { 'b.txt': 'b is broken\n' }

/** Each has one attempt: people are asked, and have handed their work in. */
const common = {
  between: null,
  attempts: IDS.length,
  reverts: 0,
  cues: [],
  isBoxed: false,
  acts: [],
  kills: null,
  waits: false,
} as const

/** One by one onto a checked-out target: one lands, one is red, one conflicts with what landed. */
const checkout: Scenario = {
  ...common,
  name: 'checkout',
  ends: { a: 'landed', b: 'failed', c: 'conflict' },
  steps: [{ command: RUN, exit: 3 }],
  async prepare(stage) {
    const base = await beginRepository(stage, { mode: 'single' })
    const edits = ['TWO', '2'].map((two) => ({ 'shared.txt': TEXT.replace('two', two) }))
    const c = { ...GREEN_C, ...edits[1] }
    const works = await submit(stage, base, { a: { ...GREEN_A, ...edits[0] }, b: RED_B, c })
    // What a user has open must not be touched by any of it.
    writeFileSync(join(stage.repo, 'user.txt'), 'edited, and not committed\n')
    writeFileSync(join(stage.repo, 'notes.txt'), 'of nobody\n')
    return { base, person: null, works }
  },
}

/** Long enough for the next start to find the fast-forward still at work. */
const SLOW_SECONDS = 1.5

/** A checkout that takes its time: what moves it outlives a kill, and is met by the next start. */
const slow: Scenario = {
  ...common,
  name: 'slow checkout',
  ends: { a: 'landed', b: 'failed', c: 'landed' },
  steps: [{ command: RUN, exit: 4 }],
  kills: /^during git merge#/,
  waits: true,
  acts: [{ name: 'a kill of its git', on: ['during git merge'], script: killMerge }],
  async prepare(stage) {
    const base = await beginRepository(stage, { mode: 'groups', files: { '.gitattributes': 'a.txt filter=slow\n' } })
    await stage.git('config', 'filter.slow.smudge', `sleep ${SLOW_SECONDS}; cat`)
    return { base, person: null, works: await submit(stage, base, { a: GREEN_A, b: RED_B, c: GREEN_C }) }
  },
}

/** A group with a red one in it onto a target that nobody has checked out, and that people push to. */
const groups: Scenario = {
  ...common,
  name: 'groups',
  ends: { a: 'landed', b: 'failed', c: 'landed' },
  steps: [{ command: RUN, exit: 4 }],
  async prepare(stage) {
    const base = await beginRepository(stage, { mode: 'groups' })
    const works = await submit(stage, base, { a: GREEN_A, b: RED_B, c: GREEN_C })
    await stage.git('switch', '-q', '-c', 'elsewhere')
    return { base, person: null, works }
  },
  acts: [
    // When the last look is over; how many other refs are set before that is never the same twice.
    { name: 'a push', on: ['move the target'], script: pushHere },
    { name: 'a push', on: ['git update-ref', 'check'], script: pushHere },
    // Earlier nothing is pinned yet, and a prune that looks at no age ends any git command that is at work.
    { name: 'gc --prune=now', on: ['check'], script: ({ repo }) => `git -C ${repo} gc -q --prune=now` },
  ],
}

/** Two have landed beside a checkout that was in the way; now it no longer is, and a third one is queued. */
const pending: Scenario = {
  ...common,
  name: 'pending',
  ends: { a: 'landed', b: 'landed', c: 'landed' },
  steps: [{ command: RUN, exit: 0 }],
  async prepare(stage) {
    const { base, works } = await landBeside(stage)
    return { base, person: null, works }
  },
}

/** The same, but the user commits meanwhile: what was landed beside has to be landed again on top. */
const diverged: Scenario = {
  ...common,
  name: 'diverged',
  ends: { a: 'landed', b: 'landed', c: 'landed' },
  steps: [{ command: RUN, exit: 0 }],
  async prepare(stage) {
    const { base, works } = await landBeside(stage)
    writeFileSync(join(stage.repo, PERSON_FILE), 'committed meanwhile\n')
    await stage.git('add', PERSON_FILE)
    await stage.git('commit', '-q', '-m', 'by a person')
    return { base, person: await stage.git('rev-parse', 'HEAD'), works }
  },
}

/** All have landed, and the remote could not be reached; now it can be, and others have pushed there meanwhile. */
const push: Scenario = {
  ...common,
  name: 'push',
  ends: { a: 'landed', b: 'landed', c: 'landed' },
  steps: [{ command: RUN, exit: 0 }],
  async prepare(stage) {
    const remote = remoteOf(stage)
    const base = await beginRepository(stage, { mode: 'groups', push: 'origin' })
    await stage.git('remote', 'add', 'origin', remote)
    const works = await submit(stage, base, { a: GREEN_A, b: GREEN_B, c: GREEN_C })
    await stage.sluice(['run', '--no-input'], [3])
    await stage.git('init', '-q', '--bare', '-b', 'main', '--template=', remote)
    await stage.git('-C', remote, 'config', 'core.logAllRefUpdates', 'true')
    const person = await commitOf(stage, base, { [PERSON_FILE]: 'pushed before\n' })
    for (const commit of [base, person]) await stage.git('push', '-q', remote, `${commit}:refs/heads/main`)
    return { base, person, works }
  },
  acts: [{ name: 'a push to the remote', on: ['git push', 'git fetch'], script: pushThere }],
}

/** Two of three landings are taken back from under the user's feet; asked again, that is not done again. */
const rollback: Scenario = {
  ...common,
  name: 'rollback',
  steps: [{ command: ['rollback', 'a', 'c'], exit: 0 }],
  ends: { a: 'reverted', b: 'landed', c: 'reverted' },
  reverts: 2,
  async prepare(stage) {
    const base = await beginRepository(stage, { mode: 'groups' })
    const works = await submit(stage, base, { a: GREEN_A, b: GREEN_B, c: GREEN_C })
    await stage.sluice(['run', '--no-input'])
    writeFileSync(join(stage.repo, 'user.txt'), 'edited, and not committed\n')
    return { base, person: null, works }
  },
}

/** The same, and the user goes on with the run before he asks again. */
const rollbackAndRun: Scenario = {
  ...rollback,
  name: 'rollback and run',
  between: RUN,
  kills: /^record|git merge#|^check/,
}

export const SCENARIOS: readonly Scenario[] = [
  checkout,
  slow,
  groups,
  pending,
  diverged,
  push,
  rollback,
  rollbackAndRun,
  whole,
]

async function landBeside(stage: Stage): Promise<Pick<Prepared, 'base' | 'works'>> {
  const base = await beginRepository(stage, { mode: 'single' })
  writeFileSync(join(stage.repo, 'old.txt'), 'edited in the way\n')
  const early = await submit(stage, base, { a: GREEN_A, b: GREEN_B })
  await stage.sluice(['run', '--no-input'], [3])
  const late = await submit(stage, base, { c: GREEN_C })
  await stage.git('checkout', '-q', 'old.txt')
  return { base, works: { ...early, ...late } }
}

/** A person's commit on whatever the target is by now. */
function pushHere(stage: Stage): string {
  return pushTo(stage.repo, stage)
}

/** The same on the remote. */
function pushThere(stage: Stage): string {
  return pushTo(remoteOf(stage), stage)
}

/** It is told to the checker before it is pushed. Who meets a move that is under way tries again on what is there then. */
function pushTo(repo: string, stage: Stage): string {
  const people = peopleFile(stage)
  return `set -e
cd ${repo}
export GIT_INDEX_FILE=${stage.dir}/person.index
for try in 1 2 3 4 5; do
  old=$(git rev-parse refs/heads/main)
  git read-tree $old
  blob=$(echo 'pushed meanwhile' | git hash-object -w --stdin)
  git update-index --add --cacheinfo 100644,$blob,${PERSON_FILE}
  new=$(git commit-tree $(git write-tree) -p $old -m 'by a person')
  echo $new >>${people}
  if git update-ref -m push refs/heads/main $new $old; then exit 0; fi
  sed -i '$d' ${people}
done
exit 1
`
}

/** Kills the git that moves the checkout, and nothing else, when it has begun. Sluice is the parent of this script and of that git. */
function killMerge({ repo }: Stage): string {
  return `cd ${repo}
while pgrep -P $PPID -f -- --ff-only; do
  if [ -e .git/index.lock ] && [ ! -e old.txt ]; then pkill -KILL -P $PPID -f -- --ff-only; exit 0; fi
  sleep 0.01
done
`
}

/** A repository with configuration and plan, and a run that waits for people's work. Gives the first commit. */
async function beginRepository(
  stage: Stage,
  { mode, push = null, files = {} }: { mode: 'single' | 'groups'; push?: string | null; files?: Files },
): Promise<string> {
  const config = {
    version: 1,
    target: 'main',
    workstreams: ['plan.json'],
    agents: 1,
    tools: { order: ['manual'] },
    limits: { attempts: 1 },
    gate: [GATE],
    landing: { mode, window: 3, ...(push === null ? {} : { push }) },
    sandbox: 'off',
  }
  const plan = IDS.map((id, at) => ({ id, title: id, tasks: ['Write it'], files_scope: ['**'], priority: 9 - at }))
  const texts = { 'sluice.yaml': JSON.stringify(config), 'plan.json': JSON.stringify(plan) }
  const base = await firstCommit(stage, { ...FIRST, ...files, ...texts })
  await stage.sluice(['run', '--no-input'], [3])
  return base
}

async function submit(stage: Stage, base: string, works: Partial<Record<Id, Files>>): Promise<Prepared['works']> {
  const commits: Partial<Record<Id, string>> = {}
  for (const id of IDS) {
    const files = works[id]
    if (files === undefined) continue
    const commit = await commitOf(stage, base, files)
    await stage.sluice(['submit', id, '--ref', commit])
    commits[id] = commit
  }
  return commits
}
