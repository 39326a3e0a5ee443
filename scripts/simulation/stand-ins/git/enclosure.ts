/** Nothing is boxed where nothing runs. */
export * from '../../../../src/git/enclosure.ts'

export const slotEnclosure = (): Promise<null> => Promise.resolve(null)
