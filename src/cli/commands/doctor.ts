/** `sluice doctor`: go or no-go before a run, with a fix for each finding; `--fix` makes the safe ones and looks again. */
import { EXIT, SluiceError } from '../../model/failure.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { type DoctorDocument, doctorText } from '../../playbook/doctor.ts'
import { findLeftovers, type Leftovers } from '../../playbook/leftovers/find.ts'
import { mend, type Mended } from '../../playbook/leftovers/mend.ts'
import { acquireLock } from '../../process/lock.ts'
import { openStoreIfThere } from '../../store/open.ts'
import { examine } from '../preflight.ts'
import { openSession, type Session } from '../session.ts'
import { surroundingsOf } from '../surroundings.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export interface DoctorOptions extends CommonOptions {
  fix?: boolean
}

export async function doctor(options: DoctorOptions): Promise<number> {
  const session = await trySession()
  const fixed = options.fix && session !== null ? await mendAll(session) : []
  const leftovers = session === null ? null : await leftoversOf(session)
  const found = await examine(process.cwd(), leftovers)
  const document: DoctorDocument = options.fix ? { ...found, fixed } : found
  if (options.json) printJson(document)
  else printLines([...fixed.flatMap(mendedText), ...doctorText(document)].map(neutralise))
  return document.go ? EXIT.ok : EXIT.noGo
}

/** null: there is no repository, or its configuration cannot be read, which the checks themselves tell. */
async function trySession(): Promise<Session | null> {
  try {
    return await openSession(process.cwd())
  } catch (error) {
    if (error instanceof SluiceError) return null
    throw error
  }
}

async function leftoversOf(session: Session): Promise<Leftovers> {
  return await findLeftovers(await surroundingsOf(session))
}

/** Alone where that is possible; beside a live run only what is not that run's. What was done is on record with the run. */
async function mendAll(session: Session): Promise<Mended[]> {
  const { repo, paths } = session
  const store = openStoreIfThere(paths.store)
  const run = (await store?.latestRun()) ?? null
  try {
    const holder = { pid: process.pid, startedAt: Date.now(), command: 'sluice doctor --fix' }
    const lock = store === null ? null : await acquireLock(paths.lock, holder)
    await using _ = lock?.kind === 'held' ? lock : null
    const isAlone = lock?.kind === 'held'
    const around = { ...(await surroundingsOf(session, isAlone)), repo }
    const fixed = await mend(around, await findLeftovers(around))
    if (store !== null && run !== null && isAlone && fixed.length > 0) {
      const at = Date.now()
      const fixes = fixed.map((one) => ({ ...one, run: run.id, workstream: null, at }))
      await store.record({ run: run.id, at, fixes, events: fixed.map((one) => ({ type: 'fix.recorded', ...one })) })
    }
    return fixed
  } finally {
    await store?.close()
  }
}

function mendedText({ code, problem, action, proof }: Mended): string[] {
  return [`fixed ${code}: ${problem}`, `      ${action}; ${proof}`]
}
