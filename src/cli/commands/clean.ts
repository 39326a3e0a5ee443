/** `sluice clean`: shows what nobody needs any more, and takes it away with `--yes`. What is needed is named, with the reason. */
import { existsSync } from 'node:fs'
import { EXIT } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { archivable, archiveLogs, archiveName } from '../../observe/log-archive.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { count } from '../../observe/units.ts'
import { bytesText } from '../../playbook/checks/machine.ts'
import { clean as takeAway } from '../../playbook/clean/clean.ts'
import { cleanFacts } from '../../playbook/clean/facts.ts'
import { pinsOf } from '../../playbook/clean/pins.ts'
import { bytesOf, type CleanPlan, planClean } from '../../playbook/clean/waste.ts'
import { lockRepository } from '../lock.ts'
import { openSession, type Session } from '../session.ts'
import { allAttempts, landedIds, surroundingsOf } from '../surroundings.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export interface CleanOptions extends CommonOptions {
  yes?: boolean
  archiveLogs?: boolean
}

export async function clean(options: CleanOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { paths } = session
  // What was never used needs no cleaning, and no lock file.
  await using _lock = options.yes && existsSync(paths.state) ? await lockRepository(paths, 'sluice clean') : null
  const plan = await planOf(session, options.yes ?? false)
  const logs = archivable(paths.logs)
  const archive = logs.length === 0 || !options.archiveLogs ? null : archiveName(paths.logs, new Date())
  if (options.yes) {
    const pins = pinsOf(await allAttempts(session))
    const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
    if (plan.waste.length > 0) await takeAway({ repo: session.repo, work: paths.work }, plan.waste, pins, stamp)
    if (archive !== null) archiveLogs(paths.logs, new Date())
  }
  tell(plan, { ...options, archive, logs: logs.length })
  return EXIT.ok
}

async function planOf(session: Session, isAlone: boolean): Promise<CleanPlan> {
  const { repo, paths, config } = session
  const { needs } = await surroundingsOf(session, isAlone)
  const landed = await landedIds(session)
  return planClean(await cleanFacts({ repo, work: paths.work, needs, landed, target: config.target }))
}

interface Told extends CleanOptions {
  /** Where the logs go, or null. */
  archive: string | null
  logs: number
}

function tell({ waste, kept }: CleanPlan, { json, yes = false, archive, logs }: Told): void {
  const freedBytes = bytesOf(waste)
  if (json) {
    const items = [
      ...waste.map((one) => ({ action: 'remove' as const, ...one })),
      ...kept.map((one) => ({ action: 'keep' as const, ...one })),
    ]
    printJson(document('clean', { dry: !yes, freedBytes, items, archive }))
    return
  }
  const width = Math.max(0, ...[...waste, ...kept].map(({ name }) => name.length))
  const row = (verb: string, { name, bytes, why }: { name: string; bytes: number; why: string }): string =>
    `  ${verb.padEnd(8)}${name.padEnd(width)}  ${(bytes === 0 ? '' : bytesText(bytes)).padStart(8)}  ${why}`
  const [remove, set, would] = yes ? ['removed', 'moved', ''] : ['remove', 'move', 'would ']
  const branches = waste.filter(({ what }) => what === 'branch').length
  const done = [
    ...(branches === 0 ? [] : [`${would}${remove} ${branches === 1 ? '1 branch' : `${branches} branches`}`]),
    ...(freedBytes === 0 ? [] : [`${would}${yes ? 'freed' : 'free'} ${bytesText(freedBytes)}`]),
  ]
  const archived = archive === null ? [] : [`  ${set.padEnd(8)}${count(logs, 'log file')} to ${archive}`]
  const isIdle = waste.length === 0 && archive === null
  const verdict = isIdle ? 'nothing to clean' : done.length === 0 ? 'nothing else to clean' : done.join(', ')
  printLines(
    [
      ...waste.map((one) => row(remove, one)),
      ...archived,
      ...kept.map((one) => row(yes ? 'kept' : 'keep', one)),
      yes || isIdle ? verdict : `${verdict}; nothing was changed: \`sluice clean --yes\` does it`,
    ].map(neutralise),
  )
}
