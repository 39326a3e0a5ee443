/** Nothing is measured: thresholds only report, and have tests of their own. */
export * from '../../../../src/process/sampling.ts'

export class Sampling {
  onLook(): void {}
}
