/** The size of a machine that is never measured. */
export * from '../../../../src/process/machine.ts'

export const cores = (): number => 4
