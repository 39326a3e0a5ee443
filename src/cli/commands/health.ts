/** `sluice health`: the weekly check-up; its exit code is for who runs it, cron or a person. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { brokenObjects } from '../../git/fsck.ts'
import { EXIT, messageOf } from '../../model/failure.ts'
import { document } from '../../observe/documents.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { lostPins, pinsOf } from '../../playbook/clean/pins.ts'
import { doctorText } from '../../playbook/doctor.ts'
import { health as judge, type HealthDocument } from '../../playbook/health.ts'
import { findLeftovers } from '../../playbook/leftovers/find.ts'
import { shellWord } from '../../process/shell-word.ts'
import { brokenStore } from '../../store/open.ts'
import { examine } from '../preflight.ts'
import { openSession, type Session } from '../session.ts'
import { allAttempts, surroundingsOf } from '../surroundings.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export interface HealthOptions extends CommonOptions {
  timer?: boolean
}

export async function health(options: HealthOptions): Promise<number> {
  const session = await openSession(process.cwd())
  if (options.timer) {
    const timer = timerTexts(session.repo.root)
    if (options.json) printJson(document('health-timer', timer))
    else printLines(timerLines(timer))
    return EXIT.ok
  }
  const found = await checkUp(session)
  if (options.json) printJson(found)
  else printLines(doctorText(found).map(neutralise))
  return found.go ? EXIT.ok : EXIT.noGo
}

async function checkUp(session: Session): Promise<HealthDocument> {
  const { repo, paths } = session
  const store = brokenStore(paths.store)
  // A store that is damaged says nothing about pins and marks that could be believed.
  const [objects, pins, leftovers] = await Promise.all([
    brokenObjects(repo),
    store.length > 0 ? [] : allAttempts(session).then(pinsOf),
    store.length > 0 ? null : surroundingsOf(session).then(findLeftovers),
  ])
  const lost = await lostPins(repo, pins)
  const doctor = await examine(process.cwd(), leftovers)
  return judge({ objects, store, pins: { all: pins.length, lost }, logs: problemOf(paths.logs) }, doctor)
}

function problemOf(folder: string): string | null {
  let place = folder
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  try {
    accessSync(place, constants.W_OK)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

interface Timer {
  cron: string
  service: string
  timer: string
}

/** Once a week, early on a Monday; a machine that sleeps then catches up where systemd does it. */
function timerTexts(root: string): Timer {
  const argv = [process.execPath, process.argv[1]!, 'health', '--no-input'].map(shellWord).join(' ')
  return {
    cron: `17 5 * * 1 cd ${shellWord(root)} && ${argv}`.replaceAll('%', String.raw`\%`),
    service: `[Unit]\nDescription=Sluice check-up of ${root}\n\n[Service]\nType=oneshot\nWorkingDirectory=${root}\nExecStart=${argv}\n`,
    timer:
      '[Unit]\nDescription=Sluice check-up, weekly\n\n[Timer]\nOnCalendar=Mon 05:17\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n',
  }
}

function timerLines({ cron, service, timer }: Timer): string[] {
  return [
    '# cron: add this line with `crontab -e`; what it finds comes by mail',
    cron,
    '',
    '# systemd: ~/.config/systemd/user/sluice-health.service',
    ...service.trimEnd().split('\n'),
    '',
    '# systemd: ~/.config/systemd/user/sluice-health.timer',
    ...timer.trimEnd().split('\n'),
    '',
    '# then: systemctl --user enable --now sluice-health.timer',
  ]
}
