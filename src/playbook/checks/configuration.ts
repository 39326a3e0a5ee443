/** Does sluice.yaml, with the plan, say what can be done by this version? */
import type { Config } from '../../model/config.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import { didYouMean } from '../../model/id.ts'
import { PLACEHOLDERS, unknownPlaceholders } from '../../tools/start.ts'
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'
import { checkProcesses } from './processes.ts'
import { checkMemoryLimit, checkReach, checkSandbox } from './sandbox.ts'

const CONFIG_FILE = 'sluice.yaml'

export function checkConfiguration(facts: Facts): Check[] {
  const { config, diagnostics } = facts
  const isOfConfig = ({ file }: Diagnostic): boolean => file === CONFIG_FILE || file === 'sluice.yml'
  const first = checkDiagnostics('configuration', diagnostics.filter(isOfConfig), 'valid')
  if (config === null) return [first]
  const ofPlan = diagnostics.filter((diagnostic) => !isOfConfig(diagnostic))
  const size = `${facts.workstreams} ${facts.workstreams === 1 ? 'workstream' : 'workstreams'}`
  return [
    first,
    checkDiagnostics('plan', ofPlan, size),
    ...checkGate(facts, config),
    ...checkSandbox(facts, config),
    ...checkReach(facts, config),
    checkProcesses(facts),
    ...checkMemoryLimit(facts, config),
    ...checkPlaceholders(config),
    ...checkSettings(config),
  ]
}

/** Many mistakes are one finding here: `sluice plan` lists them all with their places. */
function checkDiagnostics(id: string, diagnostics: readonly Diagnostic[], good: string): Check {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [first] = errors.length > 0 ? errors : diagnostics
  if (first === undefined) return ok(id, good)
  const more = (errors.length > 0 ? errors : diagnostics).length - 1
  const message = `${placeOf(first)}${first.message}${more > 0 ? ` (and ${more} more: sluice plan)` : ''}`
  if (errors.length > 0) return fail(id, first.code, message, first.fix)
  return warn(id, first.code, `${good}; ${message}`, first.fix)
}

function placeOf({ file, line, column }: Diagnostic): string {
  if (file === '') return ''
  return line === 0 ? `${file}: ` : `${file}:${line}:${column}: `
}

function checkGate({ gatePrograms }: Facts, { gate }: Config): Check[] {
  if (gate === null) {
    const message = 'no gate: nothing would say whether a merged tree works'
    const fix = 'gate: ["npm test"] in sluice.yaml (`sluice init` writes one), or gate: [] when none is wanted'
    return [fail('gate', 'E103', message, fix)]
  }
  if (gate.length === 0) return [ok('gate', 'none wanted')]
  const bad = gatePrograms.filter(({ state }) => state !== 'found')
  const lost = bad.find(({ mayAppear }) => !mayAppear) ?? bad[0]
  if (lost === undefined) return [ok('gate', gate.map(({ name }) => name).join(', '))]
  const where = lost.word.includes('/') ? 'in the tree of the target' : 'on PATH'
  const what = lost.state === 'missing' ? `is not ${where}` : `is not executable ${where}`
  const message = `the gate \`${lost.command}\` cannot run: ${lost.word} ${what}`
  if (lost.mayAppear)
    return [warn('gate', 'E106', `${message}, unless workspace.setup makes it`, 'check gate: in sluice.yaml')]
  const fix =
    lost.state === 'missing'
      ? 'install or commit it, or correct gate: in sluice.yaml'
      : `git update-index --chmod=+x ${lost.word}, and commit`
  return [fail('gate', 'E106', message, fix)]
}

/** Other braces stay as they are, because argv may hold shell text: it may be meant. */
function checkPlaceholders({ tools }: Config): Check[] {
  return Object.entries(tools.settings).flatMap(([tool, { command }]) =>
    unknownPlaceholders(command ?? []).map((name) => {
      const meant = didYouMean(name, PLACEHOLDERS)
      const known = PLACEHOLDERS.map((one) => `{${one}}`).join(' ')
      const fix = meant === null ? `there are: ${known}` : `did you mean {${meant}}?`
      return warn('placeholders', 'E103', `the command of ${tool} holds {${name}}, which is not filled in`, fix)
    }),
  )
}

/** What is read and has no effect yet, said once and by name. */
function checkSettings({ notify }: Config): Check[] {
  if (notify.command === null) return []
  const message = 'accepted, but without effect in this version: notify'
  return [warn('settings', 'E103', message, 'nothing to do, but do not rely on it')]
}
