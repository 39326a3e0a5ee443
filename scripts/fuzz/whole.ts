/**
 * A whole run, from a repository that has never seen Sluice to its end: five workstreams, two agents in boxes, and all that can
 * happen to them in one night. `b`'s first tool fails and the second goes on with what it left; `b` lands when a person agrees.
 * `c` meets `a` on a line and a tool settles it; `d` meets `c`, the tool cannot, and a person does. `e` lands, is taken back and
 * lands again.
 *
 * However late somebody is because of a kill, it comes to the same conflicts: tools wait for each other (`cues.ts`).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cue, hasBegun, hasLanded, MARKS } from './cues.ts'
import { commitOf, type Files, firstCommit, GATE, type Prepared, RUN, type Scenario } from './scenario.ts'
import { SECRET_NAME, type Stage } from './stage.ts'

const IDS = ['a', 'b', 'c', 'd', 'e'] as const

const SHARED = Array.from({ length: 9 }, (_, index) => `line ${index + 1}\n`).join('')

/** What the tools do; one stands for a model that fails, the other for one that does not. */
const AGENT = `
set -eu
tool=$1 id=$2 attempt=$3 marks=$4
echo "began $id $attempt in $(readlink /proc/self/ns/pid)"
echo "my key is $${SECRET_NAME}"
trap 'echo "ended $id $attempt"' EXIT
until_mark() { while [ ! -e "$marks/$1" ]; do [ -e "$marks" ] || exit 1; sleep 0.02; done; }
line() { sed -i "s/^line $1\\$/$2/" shared.txt; }
make() { echo "by $id attempt $attempt" >"$1"; echo "made $1"; }
commit() { git add -A; git commit -q -m "$id: $1"; }

if grep -q '^<<<<<<<' shared.txt; then
  [ "$id" = c ] || { echo 'I cannot bring these together'; exit 1; }
  sed -i '/^[<=>]\\{7\\}/d' shared.txt
  commit 'both'
  exit 0
fi
case "$id $tool" in
  'a first')
    make a.txt
    line 2 'two by a'
    until_mark c-began
    commit 'the line'
    ;;
  'b first')
    make b-committed.txt
    commit 'a beginning'
    make b-not-committed.txt
    echo 'it is too hard'
    exit 1
    ;;
  'b second')
    [ -e b-committed.txt ] && [ -e b-not-committed.txt ] || { echo 'earlier work is not there'; exit 2; }
    make b.txt
    ;;
  'c first')
    make c.txt
    commit 'a beginning'
    until_mark a-landed
    until_mark d-began
    line 2 'two by c'
    line 6 'six by c'
    ;;
  'd first')
    make d.txt
    line 6 'six by d'
    until_mark c-landed
    commit 'the line'
    ;;
  *)
    make "$id.txt"
    ;;
esac
`

export const CUES: readonly Cue[] = [
  { mark: 'c-began', hasCome: (stage) => hasBegun(stage, 'c') },
  { mark: 'd-began', hasCome: (stage) => hasBegun(stage, 'd') },
  { mark: 'a-landed', hasCome: (stage) => hasLanded(stage, 'a') },
  { mark: 'c-landed', hasCome: (stage) => hasLanded(stage, 'c') },
]

export const whole: Scenario = {
  name: 'whole',
  ends: Object.fromEntries(IDS.map((id) => [id, 'landed'])),
  attempts: 10,
  reverts: 1,
  steps: [
    { command: RUN, exit: 3 },
    { command: async (stage) => ['resolve', 'd', '--ref', await settledByPerson(stage)], exit: 0, again: [1] },
    { command: ['approve', 'b'], exit: 0, again: [1] },
    { command: RUN, exit: 0 },
    { command: ['rollback', 'e'], exit: 0 },
    { command: ['retry', 'e'], exit: 0 },
    { command: RUN, exit: 0 },
  ],
  between: null,
  cues: CUES,
  isBoxed: true,
  acts: [],
  kills: null,
  waits: false,
  prepare,
}

async function prepare(stage: Stage): Promise<Prepared> {
  const agent = join(stage.dir, 'agent.sh')
  const tool = (name: string): object => {
    const command = ['sh', agent, name, '{workstream}', '{attempt}', join(stage.dir, MARKS)]
    return { command, pass_env: [SECRET_NAME] }
  }
  const config = {
    version: 1,
    target: 'main',
    workstreams: ['plan.json'],
    agents: 2,
    tools: { order: ['first', 'second'], first: tool('first'), second: tool('second') },
    limits: { timeout_minutes: 5 },
    workspace: { setup: 'test -e shared.txt' },
    gate: [GATE],
    landing: { resolve: ['reorder', 'rerere', 'tool', 'human'], approve: ['b'] },
    scope: 'allow',
    sandbox: 'auto',
  }
  // They are told to keep apart, so all begin as soon as they can.
  const plan = ['a', 'c', 'd', 'b', 'e'].map((id, at) => ({
    id,
    title: id,
    tasks: [`Write ${id}.txt`],
    files_scope: [`${id}.txt`],
    priority: 9 - at,
    depends_on: id === 'e' ? ['a'] : [],
    acceptance_tests: id === 'a' ? [{ name: 'it is there', run: 'test -e a.txt' }] : [],
  }))
  writeFileSync(agent, AGENT)
  const base = await firstCommit(stage, {
    'README.md': 'hello\n',
    'shared.txt': SHARED,
    'user.txt': 'as committed\n',
    'sluice.yaml': JSON.stringify(config),
    'plan.json': JSON.stringify(plan),
  })
  await leaveThingsAbout(stage)
  return { base, person: null, works: {} }
}

/** What a person has open while Sluice works: a branch, a tag, a stash, and edits, some staged, some not, some new. */
async function leaveThingsAbout(stage: Stage): Promise<void> {
  const write = (files: Files): void => {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(stage.repo, path), text!)
  }
  await stage.git('branch', 'mine')
  await stage.git('tag', 'v1')
  write({ 'user.txt': 'put aside\n' })
  await stage.git('stash', 'push', '-q')
  write({ 'user.txt': 'edited, and not committed\n', 'staged.txt': 'staged\n', 'notes.txt': 'of nobody\n' })
  await stage.git('add', 'staged.txt')
}

/** A commit on the target as it is now that has both sides of the conflict of `d`. */
async function settledByPerson(stage: Stage): Promise<string> {
  const shared = await stage.git('show', 'refs/heads/main:shared.txt')
  return await commitOf(stage, await stage.git('rev-parse', 'refs/heads/main'), {
    'd.txt': 'by a person\n',
    'shared.txt': `${shared.replace('six by c', 'six by c and d')}\n`,
  })
}
