/** A scenario made ready on a stage, to be disturbed again and again from the same start, and judged each time. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Check, untouchedOf, violations } from './checker.ts'
import { createJudge } from '../gate-history.ts'
import { type Act, GATE, type Scenario } from './scenarios.ts'
import { type Disturbance, type Followed, makeStage, type Stage } from './stage.ts'

/** One way to disturb a run: kills, the second one in the run that recovers from the first, or an act of a person. */
export interface Case {
  /** Moments. */
  stops: readonly string[]
  act: { act: Act; at: number } | null
}

export const UNDISTURBED: Case = { stops: [], act: null }

export interface Outcome {
  /** The moments at which it was killed, or what was done and when. */
  where: string
  violations: string[]
  /** Of the last run: its moments, and how long it took to go on with the work (null: it never did). */
  moments: string[]
  recoveryMs: number | null
}

/** The gate of the checker needs a shell and what it calls. */
const GATE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '' }

export class Rig implements Disposable {
  readonly scenario: Scenario
  readonly #stage: Stage
  readonly #check: Check

  private constructor(scenario: Scenario, stage: Stage, check: Check) {
    this.scenario = scenario
    this.#stage = stage
    this.#check = check
  }

  static async make(scenario: Scenario): Promise<Rig> {
    const stage = makeStage()
    try {
      const prepared = await scenario.prepare(stage)
      await stage.save('start')
      const judge = createJudge({ commands: [GATE], env: GATE_ENVIRONMENT, folder: tmpdir() })
      return new Rig(scenario, stage, { stage, scenario, prepared, judge, untouched: await untouchedOf(stage) })
    } catch (error) {
      stage[Symbol.dispose]()
      throw error
    }
  }

  /** Runs one case from the start to its end. `main`: the bundle that is run. */
  async run({ stops, act }: Case, main: string): Promise<Outcome> {
    await this.#stage.restore('start')
    const where = act === null ? [] : [`${act.act.name} at ${act.act.on.join('|')} ${act.at}`]
    const found: string[] = []
    const { command, between, exit: wanted } = this.scenario
    const first = act === null ? {} : { act: this.#script(act.act, act.at) }
    let last: Followed | null = null
    for (const stopAt of stops) {
      last = await this.#stage.follow(main, command, { ...first, stopAt })
      const { exit, hasAnswered, stderr } = last
      where.push(exit === null ? `killed at ${stopAt}` : `not killed at ${stopAt}: it had ended`)
      if (exit !== null && exit !== wanted) found.push(`a run ended with ${exit}: ${stderr}`)
      if (hasAnswered) break
    }
    if (between !== null) await this.#stage.follow(main, between)
    if (last?.hasAnswered !== true) {
      last = await this.#stage.follow(main, command, last === null ? first : {})
      if (last.exit !== wanted) found.push(`the last run ended with ${last.exit}: ${last.stderr}`)
    }
    const { moments, recoveryMs } = last
    found.push(...(await violations(this.#check)))
    return { where: where.join(', ') || 'undisturbed', violations: found, moments, recoveryMs }
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

/** A kill at every moment of an undisturbed run where this scenario is killed. */
export function singleKills({ kills }: Pick<Scenario, 'kills'>, moments: readonly string[]): Case[] {
  const chosen = moments.filter((moment) => kills === null || kills.test(moment))
  return chosen.map((moment) => ({ stops: [moment], act: null }))
}

/** Each act of people at every moment that it is meant for. */
export function actsOf({ acts }: Scenario, moments: readonly string[]): Case[] {
  return acts.flatMap((act) => {
    const count = moments.filter((moment) => act.on.includes(effectOf(moment))).length
    return Array.from({ length: count }, (_, index) => ({ stops: [], act: { act, at: index + 1 } }))
  })
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
