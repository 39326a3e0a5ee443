/** Keys of a live run on a terminal: `q` goes away and lets the agents work on, Ctrl-C is as everywhere. */

export interface Keys {
  detach: () => void
  interrupt: () => void
}

/** Listens until disposed. In raw mode the terminal sends no SIGINT, so Ctrl-C is a key like the others. */
export function listenKeys(keys: Keys): Disposable {
  const { stdin } = process
  stdin.setRawMode(true)
  stdin.resume()
  const onData = (data: Buffer): void => {
    for (const key of data.toString('utf8')) {
      if (key === 'q') keys.detach()
      else if (key === '\u0003') keys.interrupt()
    }
  }
  stdin.on('data', onData)
  return {
    [Symbol.dispose]() {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
