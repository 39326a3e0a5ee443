/**
 * `sluice doctor`: go or no-go before a run, as a list of checks with a fix for each finding. Every check is a pure
 * function of the facts, so that the table of them can be tested row by row.
 */
import { EXIT, SluiceError } from '../model/failure.ts'
import type { Check } from './check.ts'
import { checkConfiguration } from './checks/configuration.ts'
import { checkLeftovers } from './checks/leftovers.ts'
import { checkDisk, checkGit, checkMemory, checkNode, checkOpenFiles, checkPrograms } from './checks/machine.ts'
import { checkSupervision } from './checks/processes.ts'
import { checkRepository } from './checks/repository.ts'
import { checkTools } from './checks/tools.ts'
import type { Facts } from './facts.ts'
import type { Leftovers } from './leftovers/find.ts'
import type { Mended } from './leftovers/mend.ts'
import type { SlotSize } from './leftovers/slots.ts'

export interface DoctorDocument {
  schema: 'sluice.doctor/1'
  go: boolean
  checks: Check[]
  /** What is on the disk, the largest first; missing where nobody looked. */
  slots?: SlotSize[]
  /** What `--fix` has mended; missing without it. */
  fixed?: Mended[]
}

/** `leftovers`: null where nobody looked for any, as before a run, which looks after them itself. */
export function doctor(facts: Facts, leftovers: Leftovers | null = null): DoctorDocument {
  const checks = [
    checkNode(facts),
    checkGit(facts),
    checkPrograms(facts),
    checkSupervision(facts),
    ...checkRepository(facts),
    ...(facts.repository.kind === 'found' ? [...checkConfiguration(facts), ...checkTools(facts)] : []),
    checkDisk(facts),
    checkMemory(facts),
    checkOpenFiles(facts),
    ...(leftovers === null ? [] : checkLeftovers(leftovers)),
  ]
  const go = checks.every(({ status }) => status !== 'fail')
  return { schema: 'sluice.doctor/1', go, checks, ...(leftovers === null ? {} : { slots: leftovers.slots }) }
}

const LABELS: Record<Check['status'], string> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

/** For a terminal: findings with their fix below them, and the verdict last. */
export function doctorText({ checks, go }: Pick<DoctorDocument, 'checks' | 'go'>): string[] {
  const width = Math.max(...checks.map(({ id }) => id.length))
  const lines = checks.flatMap(({ id, status, message, fix, code }) => {
    const head = `${LABELS[status]}  ${id.padEnd(width)}  ${status === 'ok' || code === null ? '' : `${code} `}${message}`
    return fix === null ? [head] : [head, `${' '.repeat(LABELS.ok.length + width + 4)}fix: ${fix}`]
  })
  const failed = checks.filter(({ status }) => status === 'fail').length
  const warned = checks.filter(({ status }) => status === 'warn').length
  const warnings = warned === 0 ? '' : `, ${warned} ${warned === 1 ? 'warning' : 'warnings'}`
  return [
    ...lines,
    '',
    go ? `go${warnings}` : `no-go: ${failed} ${failed === 1 ? 'finding stops' : 'findings stop'} a run${warnings}`,
  ]
}

/**
 * The refusal of a run, or null when it may go. A configuration or plan that is wrong is the user's input (exit 2);
 * everything else is a preflight no-go (exit 5).
 */
export function refusalOf({ checks }: DoctorDocument): SluiceError | null {
  const failed = checks.filter(({ status }) => status === 'fail')
  const [first, ...more] = failed
  if (first === undefined) return null
  const isInput = first.id === 'configuration' || first.id === 'plan'
  const what = more.map(({ id, message }) => `${id}: ${message}`)
  return new SluiceError(
    {
      code: first.code ?? 'E105',
      message: first.message,
      fix: first.fix ?? 'sluice doctor',
      details: { ...(what.length === 0 ? {} : { what }), checks: failed },
    },
    isInput ? EXIT.usage : EXIT.noGo,
  )
}
