/** A human as a tool: gets the same brief, has no process and no limit, and hands in with `sluice submit`. */
import type { HumanTool } from './tool.ts'

export const manualTool: HumanTool = {
  kind: 'human',
  id: 'manual',
  detect: () =>
    Promise.resolve({
      installed: true,
      version: null,
      path: null,
      abilities: ['prompt-file'],
      auth: 'not-needed',
      reason: null,
    }),
}
