/** `sluice reset`: begin anew. Says what is lost and what stays, asks, and only then does it. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { removeTree } from '../../git/remove-tree.ts'
import { readRef } from '../../git/refs.ts'
import { pendingRef } from '../../landing/tip.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { count, listed } from '../../observe/units.ts'
import { bytesText } from '../../playbook/checks/machine.ts'
import { KEPT, type Losses, lossesOf, resetWork } from '../../playbook/clean/reset.ts'
import { systemFailure } from '../../playbook/system-error.ts'
import { readSpec } from '../../process/attempt-folder.ts'
import { confirm } from '../confirm.ts'
import { lockRepository } from '../lock.ts'
import { openSession, type Session } from '../session.ts'
import { allAttempts, gateMarks } from '../surroundings.ts'
import { type CommonOptions, printJson, printLines, terminal } from '../terminal.ts'

export interface ResetOptions extends CommonOptions {
  yes?: boolean
}

/** Files that the lock is made of: they go last, with the folder. */
const LOCK_FILES = ['lock', 'lock.json']

export async function reset(options: ResetOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const { paths, repo } = session
  if (!existsSync(paths.state)) {
    if (options.json) printJson(document('reset', { done: false, losses: null }))
    else printLines(['nothing has run here: there is nothing to reset'])
    return EXIT.ok
  }
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
  let keptPins: number
  let losses: Losses
  {
    await using _lock = await lockRepository(paths, 'sluice reset')
    await refuseUnpublished(session)
    losses = await lossesOf(paths, await unsettledIn(session))
    if (!options.json) printLines(lossLines(losses))
    await agree(options)
    const marks = new Map([...(await launchedMarks(paths.state)), ...gateMarks(paths.work)])
    keptPins = await resetWork({ repo, work: paths.work, marks, stamp })
    for (const name of readdirSync(paths.state)) {
      if (!LOCK_FILES.includes(name)) await removeTree(join(paths.state, name))
    }
  }
  await removeTree(paths.state)
  const kept = `${KEPT}/${stamp}`
  if (options.json) printJson(document('reset', { done: true, losses, kept: { pins: keptPins, ref: kept } }))
  else printLines([`done; ${count(keptPins, 'pin')} of finished work ${keptPins === 1 ? 'is' : 'are'} kept at ${kept}`])
  return EXIT.ok
}

/** What has landed and is not on the branch yet would be lost for everybody. */
async function refuseUnpublished({ repo, config }: Session): Promise<void> {
  if ((await readRef(repo, pendingRef(config.target))) === null) return
  const message = `landings wait to be shown on ${config.target}; a reset would lose them`
  throw new SluiceError({ code: 'W407', message, fix: '`sluice status` names what is in the way; then `sluice run`' })
}

/** Attempts in flight, as far as the store can be read: a reset is also the way out of one that cannot. */
async function unsettledIn(session: Session): Promise<string[]> {
  try {
    const open = (await allAttempts(session)).filter(({ phase, agent }) => phase !== 'settled' && agent > 0)
    return open.map(({ workstream, number }) => `${workstream} attempt ${number}`)
  } catch (error) {
    if (error instanceof SluiceError || systemFailure(error) !== null) return []
    throw error
  }
}

/** Marks of every attempt that was ever launched, from its own folder: they are there whatever became of the store. */
async function launchedMarks(state: string): Promise<Map<string, string>> {
  const marks = new Map<string, string>()
  for (const run of foldersIn(join(state, 'runs'))) {
    for (const attempt of foldersIn(join(run, 'attempts'))) {
      const spec = await readSpec(attempt)
      if (spec !== null) marks.set(spec.nonce, basename(attempt))
    }
  }
  return marks
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

async function agree(options: ResetOptions): Promise<void> {
  if (options.yes) return
  if (!terminal.isInteractive(options)) {
    const message = 'a reset asks first, and there is nobody to ask'
    throw new SluiceError({ code: 'E103', message, fix: 'sluice reset --yes' }, EXIT.usage)
  }
  const isWanted = await confirm('Reset?', { input: process.stdin, output: process.stderr })
  if (!isWanted) throw new SluiceError({ code: 'E103', message: 'not reset: nothing was changed' }, EXIT.usage)
}

function lossLines({ stateBytes, slotBytes, unsettled, opened }: Losses): string[] {
  return [
    `lost   ${bytesText(stateBytes)} in .sluice/: the history of all runs, their reports, logs and parked patches`,
    `       ${bytesText(slotBytes)} of slots, with what is cached in them`,
    ...(unsettled.length === 0
      ? []
      : [`       what is not pinned yet of ${listed(unsettled, 6)}, and their processes end`]),
    ...(opened.length === 0
      ? []
      : [
          `       what you have not handed in of ${listed(
            opened.map((id) => `open ${id}`),
            6,
          )}`,
        ]),
    'kept   the target, every branch ws/*, all finished work (refs/sluice/kept), your checkout, sluice.yaml',
  ]
}
