/**
 * Does the fuzz find anything? Each mutant is Sluice with one bug planted by replacing a piece of its text; each must break a
 * promise within the disturbances that are named. The text must be there, so no mutant can rot unseen.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Edit, mutated } from '../plant.ts'
import { actsOf, type Case, Rig, singleKills, UNDISTURBED, work } from './rig.ts'
import type { Scenario } from './scenario.ts'
import { MAIN, ROOT } from './stage.ts'

const call = promisify(execFile)

export interface Mutant {
  name: string
  edits: readonly Edit[]
  scenario: string
  /** What is tried, beside running it undisturbed: kills at these moments, or what people do. */
  by: RegExp | 'acts'
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a landing that was cut off counts as landed, wherever the target is',
    scenario: 'checkout',
    by: /git (merge-tree|commit-tree)|^record/,
    edits: [
      {
        file: 'coordinator/recover.ts',
        from: '(await Promise.all(reaches.map((at) => isAncestor(repo, commit, at)))).includes(true)',
        to: 'reaches.length > 0',
      },
    ],
  },
  {
    name: 'a landing that was cut off goes back to the queue, wherever the target is',
    scenario: 'groups',
    by: /^move the target/,
    edits: [
      {
        file: 'coordinator/recover.ts',
        from: '(await Promise.all(reaches.map((at) => isAncestor(repo, commit, at)))).includes(true)',
        to: 'reaches.length < 0',
      },
      {
        file: 'coordinator/begin.ts',
        from: 'const found = (looksBack(definition) ? whole : recent).get(definition.id)',
        to: 'const found = looksBack(definition) ? whole.get(definition.id) : undefined',
      },
    ],
  },
  {
    name: 'the target is moved before the gate has spoken',
    scenario: 'checkout',
    by: /^record/,
    edits: [
      {
        file: 'landing/decide.ts',
        from: "if (gate === 'green') return",
        to: "if (gate === 'green' || gate === 'running') return",
      },
    ],
  },
  {
    name: 'done is recorded before the move',
    scenario: 'checkout',
    by: /publish\.json/,
    edits: [
      {
        file: 'coordinator/queue.ts',
        from: '    const moved = await room\n      .hold(() => moveTo(move))',
        to: `    await landed(
      this.#context,
      entries.flatMap((entry) => entry.landings.map((one) => ({ ...one, at: ledger.now(), published: true }))),
    )
    const moved = await room.hold(() => moveTo(move))`,
      },
    ],
  },
  {
    name: 'the target is moved from wherever it is',
    scenario: 'groups',
    by: 'acts',
    edits: [
      {
        file: 'git/refs.ts',
        from: "const args = ['update-ref', '--create-reflog', '-m', message, ref, after, before ?? zeros(repo)]",
        to: "const args = ['update-ref', '--create-reflog', '-m', message, ref, after, ...(before === null ? [zeros(repo)] : [])]",
      },
    ],
  },
  {
    name: 'a candidate is not pinned',
    scenario: 'groups',
    by: 'acts',
    edits: [
      {
        file: 'landing/build.ts',
        from: "if (pins.length > 0) await setRefs(repo, pins, 'sluice: candidate')",
        to: 'if (pins.length < 0) await setRefs(repo, pins, "")',
      },
    ],
  },
  {
    name: 'the move of a checkout is not journaled',
    scenario: 'slow checkout',
    by: /git merge#/,
    edits: [
      {
        file: 'landing/publish.ts',
        from: 'await writeFileAtomic(journalFile, JSON.stringify({ target, plan } satisfies Journal))',
        to: 'if (plan.before === plan.after) await writeFileAtomic(journalFile, JSON.stringify({ target, plan } satisfies Journal))',
      },
    ],
  },
  {
    name: 'the move of a checkout is forgotten when its git is killed',
    scenario: 'slow checkout',
    by: 'acts',
    edits: [
      {
        file: 'landing/publish.ts',
        from: 'const left = await settle(repo, journalFile)',
        to: 'const left = await removeJournal(journalFile).then(() => null)',
      },
    ],
  },
  {
    name: 'pins of candidates are left behind by a kill',
    scenario: 'groups',
    by: /git (update-ref|read-tree)/,
    edits: [
      {
        file: 'coordinator/recover.ts',
        from: 'for (const { ref } of await listRefs(repo, CANDIDATES))',
        to: 'for (const { ref } of await listRefs(repo, `${CANDIDATES}/none`))',
      },
    ],
  },
  {
    name: 'a rollback that is asked for again is done again',
    scenario: 'rollback',
    by: /^record/,
    edits: [
      {
        file: 'cli/asked-before.ts',
        from: "if (body.kind !== 'rollback') return null",
        to: "if (body.kind === 'rollback') return null",
      },
    ],
  },
  {
    name: 'a rollback that had moved the target when it was cut off is not put on record',
    scenario: 'rollback',
    by: /git merge#/,
    edits: [
      {
        file: 'coordinator/rollback.ts',
        from: 'await record(context, undo, { method: kind, commit: after, commits, published }, isAsBefore)',
        to: 'await record(context, undo, { method: kind, commit: after, commits, published }, () => isAsBefore === null)',
      },
    ],
  },
  {
    name: 'a push overwrites what others have pushed',
    scenario: 'push',
    by: 'acts',
    edits: [
      {
        file: 'git/push.ts',
        from: 'const refspec = `${commit}:refs/heads/${to.branch}`',
        to: 'const refspec = `+${commit}:refs/heads/${to.branch}`',
      },
    ],
  },
  {
    name: 'what was landed beside and left behind by the target is forgotten',
    scenario: 'diverged',
    by: /^record/,
    edits: [
      {
        file: 'coordinator/publishing.ts',
        from: "if (tip.kind !== 'diverged') return false",
        to: "if (tip.kind === 'diverged') await abandonPending(repo, target, tip.pending)\n    return false",
      },
    ],
  },
  {
    name: 'the number of an attempt that was lost is given out again',
    scenario: 'whole',
    by: /^record attempt\.started#1$/,
    edits: [
      {
        file: 'coordinator/ledger.ts',
        from: 'return (this.#lastNumbers.get(id) ?? 0) + 1',
        to: "return (this.attempts.get(id)?.findLast(({ outcome }) => outcome?.kind !== 'lost')?.number ?? 0) + 1",
      },
    ],
  },
  {
    name: 'a start has forgotten which tools have failed',
    scenario: 'whole',
    by: /^record tool\.fallback#1$/,
    edits: [
      {
        file: 'coordinator/tries.ts',
        from: "const counts = phase === 'settled' && number > after && ledger.stands(attempt)",
        to: "const counts = phase === 'settled' && number > after && endedAt! > Date.now() - process.uptime() * 1000",
      },
    ],
  },
  {
    name: 'work is taken over and not pinned',
    scenario: 'whole',
    by: /^git unpack-objects#1$/,
    edits: [
      {
        file: 'git/take-over.ts',
        from: 'const refs = follows && holder === null ? [ref, `refs/heads/${branch}`] : [ref]',
        to: 'const refs = follows && holder === null ? [`refs/heads/${branch}`] : [ref]',
      },
    ],
  },
  {
    name: 'a log tells again what it told before a kill',
    scenario: 'whole',
    by: /^append to agent_.*#1$/,
    edits: [
      {
        file: 'observe/log-files.ts',
        from: 'if (mark !== null && mark.run === event.run && mark.seq >= event.seq) continue',
        to: 'if (mark !== null && mark.run !== event.run && mark.seq >= event.seq) continue',
      },
    ],
  },
  {
    name: 'the key that a tool printed is in the brief of the next one',
    scenario: 'whole',
    by: /^record tool\.fallback#1$/,
    edits: [
      {
        file: 'attempt/settle.ts',
        from: 'const tail = withoutSecrets(tailOf(attemptFolder(job.dir).out), job.config)',
        to: 'const tail = tailOf(attemptFolder(job.dir).out)',
      },
    ],
  },
]

/** Tries each that is planted in one of these scenarios; true when all were caught. */
export async function tryMutants(
  scenarios: readonly Scenario[],
  workers: number,
  say: (line: string) => void,
): Promise<boolean> {
  let [tried, missed] = [0, 0]
  for (const scenario of scenarios) {
    const { name } = scenario
    const mutants = MUTANTS.filter((mutant) => mutant.scenario === name)
    if (mutants.length === 0) continue
    using rigs = new DisposableStack()
    const made = await Promise.all(Array.from({ length: workers }, () => Rig.make(scenario)))
    for (const rig of made) rigs.use(rig)
    const { moments } = await made[0]!.run(UNDISTURBED, MAIN)
    for (const mutant of mutants) {
      const { by } = mutant
      const disturbed = by === 'acts' ? actsOf(scenario, moments) : singleKills({ kills: by }, moments)
      const caught = await tryMutant(mutant, made, [UNDISTURBED, ...disturbed])
      tried += 1
      if (caught === null) missed += 1
      say(`${caught === null ? 'MISSED' : 'caught'}  ${mutant.name}`)
      if (caught !== null) say(`        ${name}, ${caught}`)
    }
  }
  say(`${tried - missed} of ${tried} planted bugs are caught`)
  return missed === 0
}

/** What caught it, and which of its cases that was; null when nothing did. */
async function tryMutant(mutant: Mutant, rigs: readonly Rig[], cases: readonly Case[]): Promise<string | null> {
  const began = performance.now()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-mutant-')))
  try {
    const main = await build(mutant, folder)
    let caught: string | null = null
    let tried = 0
    await work(rigs, cases, main, ({ where, violations }) => {
      tried += 1
      const [first] = violations
      if (first !== undefined) {
        const seconds = Math.round((performance.now() - began) / 1000)
        caught ??= `${where}: ${first.split('\n', 1)[0]!.slice(0, 200)} (case ${tried} of ${cases.length}, ${seconds} s)`
      }
      return first === undefined
    })
    return caught
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Builds the bundle with the bug in it, as `npm run build` does; gives its path. */
async function build({ edits }: Mutant, folder: string): Promise<string> {
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true })
  for (const file of ['package.json', 'vite.config.ts']) cpSync(join(ROOT, file), join(folder, file))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const read = (file: string): string => readFileSync(join(ROOT, 'src', file), 'utf8')
  for (const [file, text] of mutated(edits, read)) writeFileSync(join(folder, 'src', file), text)
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  await call(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: folder })
  return join(folder, 'dist', 'main.js')
}
