/** Nobody reads the estimates of a simulated run, and they cost more than the run. */
export * from '../../../../src/coordinator/progress.ts'

export const PROGRESS_MS = 24 * 3_600_000

export const announceProgress = (): void => {}
