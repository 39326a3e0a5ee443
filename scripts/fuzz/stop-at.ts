/**
 * Loaded before Sluice (`node --import`): writes down what it does to the world outside, and disturbs it there.
 *
 * `FUZZ_STOP_AT`: ends this process with SIGKILL at a moment, called as in what was written down: the second time that
 * `git update-ref` was done is `git update-ref#2`, and `during git update-ref#2` when it was set off. (Before an effect the
 * disk is as the last one left it.) With it go those of its group, as when somebody kills what he has started: the launcher.
 * Git, a check or the shim of a tool that it had set off has a session of its own, and goes on.
 *
 * `FUZZ_ACT_AT`: before so many of the effects that `FUZZ_ACT_ON` names, a person runs the script `FUZZ_ACT`; where it names
 * `during git merge`, when that was set off.
 *
 * Time is faked where a run would only wait: looks that are ten seconds or more apart come a hundred times as often.
 */
import { execFileSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { openSync, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { type Boundary, BOUNDARIES } from '../../src/process/boundary.ts'

/** Of kill(2). */
const OWN_GROUP = 0

const trace = openSync(process.env['FUZZ_TRACE']!, 'a')
const stopAt = process.env['FUZZ_STOP_AT']
const actAt = Number(process.env['FUZZ_ACT_AT'] ?? Number.POSITIVE_INFINITY)
const actOn = new Set((process.env['FUZZ_ACT_ON'] ?? '').split(','))
const counts = new Map<string, number>()
let acts = 0

subscribe(BOUNDARIES, (message) => {
  const { at, effect } = message as Boundary
  if (at === 'before') return act(effect)
  const name = at === 'done' ? effect : `during ${effect}`
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  const moment = `${name}#${count}`
  writeSync(trace, `${moment}\n`)
  if (moment === stopAt) process.kill(OWN_GROUP, 'SIGKILL')
  if (at === 'under way') act(name)
})

function act(on: string): void {
  if (actOn.has(on) && ++acts === actAt) execFileSync('sh', [process.env['FUZZ_ACT']!], { stdio: 'ignore' })
}

const LONG_MS_MIN = 10_000
const HASTE = 100
const wait = timers.setTimeout
timers.setTimeout = (ms = 0, ...rest) => wait(ms < LONG_MS_MIN ? ms : ms / HASTE, ...rest)
syncBuiltinESMExports()
