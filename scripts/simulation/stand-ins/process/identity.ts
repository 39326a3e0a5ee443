/** One machine that is never started again: a power cut is told by what it leaves. */

export * from '../../../../src/process/identity.ts'

export const bootId = (): string => 'simulated'
