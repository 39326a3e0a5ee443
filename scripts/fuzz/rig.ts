/** A scenario made ready on a stage, to be disturbed again and again from the same start, and judged each time. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOf } from '../aftermath.ts'
import { createJudge, type Judge } from '../gate-history.ts'
import { violations } from './checker/checker.ts'
import { takenBack } from './checker/target.ts'
import { type Untouched, untouchedOf } from './checker/untouched.ts'
import { giveCues } from './cues.ts'
import { type Act, GATE, peopleFile, type Prepared, type Scenario, type Step } from './scenario.ts'
import { type Disturbance, type Followed, makeStage, type Stage } from './stage.ts'

/** One way to disturb a run: kills, the second one in the run that recovers from the first, or an act of a person. */
export interface Case {
  /** The step that is disturbed; the first one is 0. */
  step: number
  /** Moments. */
  stops: readonly string[]
  act: { act: Act; at: number } | null
}

export const UNDISTURBED: Case = { step: 0, stops: [], act: null }

export interface Outcome {
  /** The moments at which it was killed, or what was done and when. */
  where: string
  violations: string[]
  /** Of each step, the disturbed one and those after it, the last time that it was run: its moments. */
  moments: string[][]
  /** Of the disturbed step, the last time: how long it took to go on with the work (null: it never did). */
  recoveryMs: number | null
}

/** The gate of the checker needs a shell and what it calls. */
const GATE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '' }

/** What shows what happened, for somebody else to read: asked once. */
const REPORTS = [
  ['report', '--format', 'json'],
  ['report', '--format', 'html'],
  ['status'],
  ['logs', 'b'],
  ['explain', 'b'],
]

export class Rig implements Disposable {
  readonly scenario: Scenario
  readonly #stage: Stage
  readonly #prepared: Prepared
  readonly #untouched: Untouched
  readonly #judge: Judge
  /** What was wrong with a rollback of everything, by the history that was taken back. */
  readonly #takenBack = new Map<string, string[]>()

  private constructor(scenario: Scenario, stage: Stage, prepared: Prepared, untouched: Untouched) {
    this.scenario = scenario
    this.#stage = stage
    this.#prepared = prepared
    this.#untouched = untouched
    this.#judge = createJudge({ commands: [GATE], env: GATE_ENVIRONMENT, folder: tmpdir() })
  }

  /** Prepares it, and goes through the steps once: each can be begun with by itself. */
  static async make(scenario: Scenario): Promise<Rig> {
    const stage = makeStage()
    try {
      const prepared = await scenario.prepare(stage)
      const rig = new Rig(scenario, stage, prepared, await untouchedOf(stage))
      await stage.save(startOf(0))
      for (const [index, step] of scenario.steps.slice(0, -1).entries()) {
        await using _ = giveCues(stage, scenario.cues, () => {})
        await stage.sluice(await commandOf(stage, step), [step.exit])
        await stage.save(startOf(index + 1))
      }
      return rig
    } catch (error) {
      stage[Symbol.dispose]()
      throw error
    }
  }

  /** Runs one case from the start of its step to the end of the scenario. `main`: the bundle that is run. */
  async run({ step: from, stops, act }: Case, main: string): Promise<Outcome> {
    const { scenario } = this
    const stage = this.#stage
    await stage.restore(startOf(from))
    const found: string[] = []
    const printed: string[] = []
    await using _ = giveCues(stage, scenario.cues, () => found.push(...secretArguments(stage)))
    const where = act === null ? [] : [`${act.act.name} at ${act.act.on.join('|')} ${act.at}`]
    const moments: string[][] = []
    let recoveryMs: number | null = null
    for (const [index, step] of scenario.steps.entries()) {
      if (index < from) continue
      const command = await commandOf(stage, step)
      const isDisturbed = index === from
      const first = act === null || !isDisturbed ? {} : { act: this.#script(act.act, act.at) }
      let last: Followed | null = null
      for (const stopAt of isDisturbed ? stops : []) {
        last = await stage.follow(main, command, { ...first, stopAt })
        printed.push(last.stdout, last.stderr)
        where.push(`${last.exit === null ? 'killed' : 'not killed (it had ended)'} at ${stopAt}`)
        if (last.exit !== null && last.exit !== step.exit) found.push(told(command, last))
        if (last.exit !== null || last.hasAnswered) break
      }
      if (isDisturbed && scenario.between !== null) await stage.follow(main, scenario.between)
      if (last === null || (last.exit === null && !last.hasAnswered)) {
        const exits = [step.exit, ...(last === null ? [] : (step.again ?? []))]
        last = await stage.follow(main, command, last === null ? first : {})
        printed.push(last.stdout, last.stderr)
        if (last.exit === null || !exits.includes(last.exit)) found.push(told(command, last))
      }
      moments.push(last.moments)
      if (isDisturbed) recoveryMs = last.recoveryMs
    }
    if (stops.length === 0 && act === null) {
      for (const report of REPORTS) printed.push((await stage.follow(main, report)).stdout)
    }
    const known = { stage, scenario, prepared: this.#prepared, untouched: this.#untouched, judge: this.#judge }
    found.push(...(await violations({ ...known, kills: stops.length, printed })))
    if (found.length === 0) found.push(...(await this.#takeAllBack(main)))
    const name = scenario.steps.length === 1 ? '' : `step ${from}: `
    return { where: name + (where.join(', ') || 'undisturbed'), violations: found, moments, recoveryMs }
  }

  /** I14 once more: `rollback --run` leads back to the first commit. The same history is asked once. */
  async #takeAllBack(main: string): Promise<string[]> {
    const stage = this.#stage
    const people = linesOf(peopleFile(stage))
    const key = await stage.git('log', '--first-parent', '--format=%T %(trailers:key=Sluice-Reverts,valueonly)', 'main')
    const known = this.#takenBack.get(key)
    if (known !== undefined) return known
    const { exit, stderr } = await stage.follow(main, ['rollback', '--run'])
    const isOfPeople = people.length > 0 || this.#prepared.person !== null
    const found =
      exit === 0 ? await takenBack(stage, this.#prepared.base, isOfPeople) : [`I14 rollback --run: ${stderr}`]
    this.#takenBack.set(key, found)
    return found
  }

  #script(act: Act, at: number): NonNullable<Disturbance['act']> {
    const script = join(this.#stage.dir, 'act.sh')
    writeFileSync(script, act.script(this.#stage))
    return { script, on: act.on, at }
  }

  [Symbol.dispose](): void {
    this.#stage[Symbol.dispose]()
  }
}

function startOf(step: number): string {
  return `step-${step}`
}

async function commandOf(stage: Stage, { command }: Step): Promise<readonly string[]> {
  return typeof command === 'function' ? await command(stage) : command
}

function told(command: readonly string[], { exit, stderr }: Followed): string {
  return `sluice ${command.join(' ')} ended with ${exit}: ${stderr}`
}

/** Processes that show the secret in their arguments, now (I10). */
function secretArguments({ secret }: Stage): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const shows = /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(secret)
      return shows ? [`I10 a secret is in the arguments of a process: ${pid}`] : []
    } catch {
      // It has ended.
      return []
    }
  })
}

/** A kill at every moment of undisturbed steps where this scenario is killed. */
export function singleKills({ kills }: Pick<Scenario, 'kills'>, moments: readonly (readonly string[])[]): Case[] {
  return moments.flatMap((ofStep, step) => {
    const chosen = ofStep.filter((moment) => kills === null || kills.test(moment))
    return chosen.map((moment) => ({ step, stops: [moment], act: null }))
  })
}

/** Each act of people at every moment that it is meant for. */
export function actsOf({ acts }: Scenario, moments: readonly (readonly string[])[]): Case[] {
  return moments.flatMap((ofStep, step) =>
    acts.flatMap((act) => {
      const count = ofStep.filter((moment) => act.on.includes(effectOf(moment))).length
      return Array.from({ length: count }, (_, index) => ({ step, stops: [], act: { act, at: index + 1 } }))
    }),
  )
}

/** What is done at a moment; `during ...` where it is only set off. */
export function effectOf(moment: string): string {
  return moment.slice(0, moment.lastIndexOf('#'))
}

/** Works through the cases on all rigs at once. `heard` says whether to go on. */
export async function work(
  rigs: readonly Rig[],
  cases: readonly Case[],
  main: string,
  heard: (outcome: Outcome, one: Case) => boolean,
): Promise<void> {
  const left = [...cases]
  let goesOn = true
  await Promise.all(
    rigs.map(async (rig) => {
      while (goesOn) {
        const one = left.shift()
        if (one === undefined) return
        const outcome = await rig.run(one, main)
        goesOn = heard(outcome, one) && goesOn
      }
    }),
  )
}
