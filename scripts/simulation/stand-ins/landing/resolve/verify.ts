/** Is a line of either side missing in what a tool made of a conflict? */
import type * as real from '../../../../../src/landing/resolve/verify.ts'
import { world } from '../../../world/world.ts'

export * from '../../../../../src/landing/resolve/verify.ts'

const linesOf = (text: string | undefined): string[] =>
  (text ?? '').split('\n').filter((line) => line !== '' && !/^(<<<<<<<|=======|>>>>>>>)/.test(line))

export const verifyResolution: typeof real.verifyResolution = (_, { merge, resolved }) =>
  world().looking(() => {
    const { commits } = world()
    return merge.files.flatMap(({ path }): real.Finding[] => {
      const text = commits.tree(resolved).get(path)
      if (text?.includes('<<<<<<<')) return [{ kind: 'markers', path, message: 'markers are left' }]
      const there = new Set(linesOf(text))
      const lines = linesOf(commits.tree(merge.tree).get(path)).filter((line) => !there.has(line))
      return lines.length === 0 ? [] : [{ kind: 'lost', path, message: 'lines are lost', lines }]
    })
  })
