/**
 * The run's room on the disk (`process/room.ts`), with its telling: into the store where that can be written, and to who
 * listens in any case.
 */
import { join } from 'node:path'
import type { EventBody } from '../model/event.ts'
import type { MachineFacts } from '../model/machine.ts'
import { isDiskFull, isOutOfFiles } from '../process/full-disk.ts'
import { DiskRoom, type Tale } from '../process/room.ts'
import type { Ledger } from './ledger.ts'
import type { Paths } from './paths.ts'

/** From here on what the ledger records waits in this room. */
export function diskRoom(ledger: Ledger, { state }: Pick<Paths, 'state'>, machine: () => MachineFacts): DiskRoom {
  const tell = async (tale: Tale): Promise<void> => {
    const event: EventBody =
      tale.kind === 'full' ? { type: 'disk.full', failure: tale.failure } : { type: 'disk.again', ms: tale.ms }
    try {
      await ledger.recordNow({ events: [event] })
    } catch (error) {
      // Whatever else is wrong with the store, who records next meets it too.
      if (isDiskFull(error) || isOutOfFiles(error)) ledger.announce(event)
    }
  }
  const room = new DiskRoom({ ballast: join(state, 'ballast'), disks: () => machine().disks, tell })
  ledger.waitIn(room)
  return room
}
