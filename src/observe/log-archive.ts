/**
 * Sets the log files aside into a folder of the day. What is in such a folder already is never moved again, so archives do
 * not end up in each other. The new `orchestrator.log` begins with the last mark of the old one: who writes on goes on there.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { lastMark } from './log-files.ts'
import { ORCHESTRATOR_LOG } from './log-lines.ts'

/** The files, and those that were set aside because of their size. */
const LOG = /^[a-z_]+(_\d+)?\.log(\.\d+)?$/

/** Names of the files that an archive would take. */
export function archivable(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && LOG.test(entry.name)).map(({ name }) => name)
}

/** Where an archive of this day would go: `logs_20261124`, or with a number behind it when there is one already. */
export function archiveName(folder: string, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '')
  for (let number = 1; ; number++) {
    const name = number === 1 ? `logs_${day}` : `logs_${day}_${number}`
    if (!existsSync(join(folder, name))) return join(folder, name)
  }
}

/** Moves them; gives the folder. Only while nobody writes logs. */
export function archiveLogs(folder: string, now: Date): string {
  const names = archivable(folder)
  const mark = lastMark(join(folder, ORCHESTRATOR_LOG))
  const archive = archiveName(folder, now)
  mkdirSync(archive)
  // The journal last: after a kill in between, who writes on still finds where.
  const last = names.filter((name) => name !== ORCHESTRATOR_LOG)
  for (const name of last) renameSync(join(folder, name), join(archive, name))
  if (names.includes(ORCHESTRATOR_LOG)) {
    renameSync(join(folder, ORCHESTRATOR_LOG), join(archive, ORCHESTRATOR_LOG))
    if (mark !== null) {
      const text = `${now.toISOString()} INFO    logs earlier lines are in ${basename(archive)} ${mark}\n`
      writeFileSync(join(folder, ORCHESTRATOR_LOG), text)
    }
  }
  return archive
}
