/** What the simulated repository's history tells: trailers, and who touched a path. */
import type * as real from '../../../../src/git/history.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/history.ts'

function trailer(message: string, key: string): string[] {
  return message
    .split('\n')
    .filter((line) => line.startsWith(`${key}: `))
    .map((line) => line.slice(key.length + 2))
}

export const firstParentTrailers: typeof real.firstParentTrailers = (_, tip, until) =>
  world().looking(() =>
    world()
      .commits.line(tip, until ?? null)
      .map((commit) => {
        const { parents, tree, message, dateSeconds } = world().commits.get(commit)
        const attempt = trailer(message, 'Sluice-Attempt')[0]
        return {
          commit,
          parents: [...parents],
          tree,
          committedAt: dateSeconds * 1000,
          landing: trailer(message, 'Sluice-Landing')[0] ?? null,
          workstream: trailer(message, 'Sluice-Workstream')[0] ?? null,
          attempt: attempt === undefined ? null : Number(attempt),
          reverts: trailer(message, 'Sluice-Reverts'),
        }
      }),
  )

/** Whether a commit has something at the path that its first parent has not. */
function touches(commit: string, path: string): boolean {
  const { commits } = world()
  const [parent] = commits.get(commit).parents
  return commits.tree(commit).get(path) !== (parent === undefined ? undefined : commits.tree(parent).get(path))
}

export const lastChange: typeof real.lastChange = (_, path, tip, since) =>
  world().looking(
    () =>
      world()
        .commits.line(tip, since)
        .find((commit) => touches(commit, path)) ?? null,
  )

export const messagesSince: typeof real.messagesSince = (_, tip, other) =>
  world().looking(() => {
    const { commits } = world()
    return commits
      .since(tip, other)
      .map((commit) => commits.get(commit).message)
      .join('\n')
  })

export const commitsTouching: typeof real.commitsTouching = (_, { tip, other, path, most }) =>
  world().looking(() => {
    const { commits } = world()
    const found = commits.since(tip, other).filter((commit) => touches(commit, path))
    return found.slice(0, most).map((commit) => {
      const { message, author, dateSeconds } = commits.get(commit)
      return { commit, subject: message.split('\n')[0]!, author, at: dateSeconds * 1000 }
    })
  })
