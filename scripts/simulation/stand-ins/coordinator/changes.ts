/** Nobody counts how often files change: it is only for charts. */
import type { ChangesSource } from '../../../../src/coordinator/vitals.ts'

export * from '../../../../src/coordinator/changes.ts'

export class ChangesWatch implements ChangesSource {
  advance(): void {}

  of(): null {
    return null
  }

  restart(): void {}

  close(): Promise<void> {
    return Promise.resolve()
  }
}
