/** What the machine and the tools on it use, in words: thresholds that are crossed, room for new agents, what else keeps them from beginning, and a full disk. */
import type { Event } from '../model/event.ts'
import type { Level as ThresholdLevel } from '../model/vitals.ts'
import { oneLine } from './neutralise.ts'
import { pauseOverText, pauseText } from './pause-text.ts'
import { type Level, MESSAGE_MAX, type Words } from './telling.ts'
import { durationText, listed } from './units.ts'

const LEVEL: Record<ThresholdLevel, Level> = { normal: 'info', warning: 'warning', critical: 'error' }

const RANK: readonly ThresholdLevel[] = ['normal', 'warning', 'critical']

type MachineEvent = Extract<
  Event,
  { type: 'threshold.crossed' | `room.${string}` | `pause.${string}` | `disk.${string}` }
>

export function tellMachine(event: MachineEvent): Words {
  switch (event.type) {
    case 'threshold.crossed': {
      const { code, from, to } = event
      const message = oneLine(event.message, MESSAGE_MAX)
      if (RANK.indexOf(to) > RANK.indexOf(from)) return { level: LEVEL[to], text: `${code} ${to}: ${message}` }
      return { text: to === 'normal' ? `${code} is over: ${message}` : `${code} is down to a ${to}: ${message}` }
    }
    case 'room.short': {
      const { reasons, waiting } = event
      const told = reasons.map(({ code, message }) => `${code} ${oneLine(message, MESSAGE_MAX)}`)
      const fix = reasons[0]?.fix
      return {
        level: 'warning',
        text: `no new agent: ${told.join('; ')}; ${listed(waiting, 3)} ${waiting.length === 1 ? 'waits' : 'wait'}`,
        detail: fix === undefined ? [] : [`next    ${oneLine(fix, MESSAGE_MAX)}; it goes on by itself`],
      }
    }
    case 'room.again':
      return { text: `there is room for new agents again, after ${durationText(event.ms)}` }
    case 'pause.holds':
      return { level: 'warning', text: `${event.pause.code} ${pauseText(event.pause)}` }
    case 'pause.over':
      return { text: `${pauseOverText(event.pause)}, after ${durationText(event.ms)}` }
    case 'disk.full': {
      const { code, message, fix = '' } = event.failure
      const next = `next    ${oneLine(fix, MESSAGE_MAX)}; it goes on by itself, and nothing is lost meanwhile`
      return { level: 'error', text: `${code} ${oneLine(message, MESSAGE_MAX)}`, detail: [next] }
    }
    case 'disk.again':
      return { text: `there is room again, after ${durationText(event.ms)}; it has gone on` }
  }
}
