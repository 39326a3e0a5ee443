/**
 * Ctrl-C, however it arrives. Under an older Node the launcher (`bin/sluice.js`) stands in between: the terminal sends the
 * signal to both, `kill` to the launcher alone, and the launcher passes on every one. So each interrupt comes as a
 * signal, as one that was passed on, or as both, and it counts once.
 */

/** Calls `onInterrupt` once for each interrupt until disposed. */
export function listenInterrupts(onInterrupt: () => void): Disposable {
  const counts = { own: 0, passed: 0, told: 0 }
  const listen = (how: string): void => {
    if (how === 'passed on') counts.passed += 1
    else counts.own += 1
    if (Math.max(counts.own, counts.passed) === counts.told) return
    counts.told += 1
    onInterrupt()
  }
  process.on('SIGINT', listen)
  return {
    [Symbol.dispose]() {
      process.off('SIGINT', listen)
    },
  }
}
