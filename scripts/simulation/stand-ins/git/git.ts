/** No git is started in a simulation. What still asks for it by words is told the merge bases, and nothing else. */
import type * as real from '../../../../src/git/git.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/git.ts'

type Result = Awaited<ReturnType<typeof real.git>>

export async function git(args: readonly string[]): Promise<Pick<Result, 'exit' | 'stdout'>> {
  const [verb, flag, a, b] = args
  if (verb !== 'merge-base' || flag !== '--all') {
    throw new Error(
      `nobody simulates git ${args.join(' ')}: whoever calls it needs a file in scripts/simulation/stand-ins/`,
    )
  }
  return await world().looking(() => {
    const { commits } = world()
    const found = commits.mergeBases(commits.resolve(a!), commits.resolve(b!))
    return { exit: 0, stdout: found.map((id) => `${id}\n`).join('') }
  })
}
