/**
 * What keeps agents from beginning though there is work: the world is short of something. What holds follows from the tries
 * (`schedule/offer.ts`); kept with the run is what was told of it, so that other commands say the same.
 */
import type { Code } from './failure.ts'

export type Pause =
  /** Nobody begins before `until`. `half-open`: one does, as a probe, and by `until` at the latest it is believed. */
  | {
      of: 'network'
      state: 'open' | 'half-open'
      since: number
      until: number
      code: Code
      met: string[]
      tries: number
    }
  /**
   * A tool is not offered. `paused`: its service asked for time, `until` then. `open`: it failed by its own fault;
   * `half-open`: one workstream tries it again.
   */
  | {
      of: 'tool'
      tool: string
      state: 'paused' | 'open' | 'half-open'
      since: number
      until: number
      code: Code
      /** How the last one ended. */
      why: string
      /** Workstreams that met it. */
      met: string[]
    }
  /** Fewer agents than the run has work at once, after ends for lack of memory; one more at `until`. */
  | { of: 'memory'; agents: number; all: number; since: number; until: number; code: Code; met: string[] }

/** Two pauses of the same thing are one that has changed. */
export function pauseKey(pause: Pause): string {
  return pause.of === 'tool' ? `tool ${pause.tool}` : pause.of
}
