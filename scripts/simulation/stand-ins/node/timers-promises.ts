/** A pause by the simulated clock. */
export function setTimeout(ms: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = globalThis.setTimeout(() => resolve(value), ms)
    options?.signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('aborted'))
    })
  })
}
