/** Nothing is left behind in temporary folders where there are none. */
export * from '../../../../src/git/scratch-folder.ts'

export const removeScratchFolders = (): Promise<void> => Promise.resolve()
