/** No output is long enough to be cut. */
export * from '../../../../src/process/output-cap.ts'

export const capOutput = (): Disposable => ({ [Symbol.dispose]: () => {} })
