/** A remote that has moved on is caught up with when nothing lands: what is being gated is not thrown back for it. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { check, desk, fifo, is, states, stream, untilEvent, WRITE } from './room.ts'

describe('pushing beside the queue', () => {
  it('waits with the merge of the remote until the queue is empty', async () => {
    await using d = await desk({ script: `[ $SLUICE_WORKSTREAM = a ] || cat "$DESK/begin"; ${WRITE}` })
    d.config.landing.push = 'origin'
    const [begin, gate, push] = [fifo(d, 'begin'), fifo(d, 'gate'), fifo(d, 'push')]
    d.config.gate = [check(`[ ! -e b.txt ] || [ -e theirs.txt ] || cat '${gate}'`)]
    const remote = join(d.at.dir, 'remote.git')
    await d.at.git(['init', '-q', '--bare', '-b', 'main', remote])
    await d.at.git(['remote', 'add', 'origin', remote])
    const theirs = await d.work({ 'theirs.txt': 'theirs\n' })
    await d.at.git(['push', '-q', 'origin', `${theirs}:refs/heads/main`])
    const receive = join(d.at.dir, 'receive')
    await d.at.write(
      receive,
      `#!/bin/sh\n[ -e '${receive}.told' ] || echo now >'${push}'\n: >'${receive}.told'\nexec git-receive-pack "$@"\n`,
    )
    await chmod(receive, 0o755)
    await d.at.git(['config', 'remote.origin.receivepack', receive])
    await using begun = await d.begin([stream('a', { priority: 1 }), stream('b')], { seats: 2 })
    const end = begun.run()
    await untilEvent(begun, is('landing.moved', 'a'))
    await writeFile(begin, '')
    await untilEvent(begun, is('landing.built', 'b'))
    // `b` is in the gate, and the push of `a`, which has waited for this, is refused.
    await readFile(push)
    expect(begun.heard.filter(is('push.merged'))).toEqual([])
    await writeFile(gate, '')
    expect(await end).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed' })
    const order = begun.heard.filter((event) => ['landing.moved', 'push.merged', 'push.done'].includes(event.type))
    expect(order.map(({ type, workstream }) => workstream ?? type)).toEqual(['a', 'b', 'push.merged', 'push.done'])
    expect(begun.heard.filter(is('landing.rebuilt'))).toEqual([])
    expect(await d.at.git(['rev-parse', 'refs/heads/main'], remote)).toBe(await d.tip())
  })
})
