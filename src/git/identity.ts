/** Who the user is to git: landings carry their name, as their own merges would. */
import { git } from './git.ts'
import type { Person } from './merge.ts'
import type { Repository } from './repository.ts'

/** `user.name` and `user.email` as git sees them for this repository; null where nothing is configured. */
export async function readUserIdentity(
  repo: Pick<Repository, 'gitDir'>,
): Promise<{ name: string | null; email: string | null }> {
  const args = ['config', '--get-regexp', '-z', '^user\\.(name|email)$']
  const { stdout } = await git(args, { gitDir: repo.gitDir, config: 'user', exits: [0, 1] })
  const values = new Map<string, string>()
  for (const entry of stdout.split('\0')) {
    const end = entry.indexOf('\n')
    if (end !== -1) values.set(entry.slice(0, end).toLowerCase(), entry.slice(end + 1).trim())
  }
  return { name: values.get('user.name') || null, email: values.get('user.email') || null }
}

/** Who landings are written as: the user's own identity, else ours. */
export function landingPerson(user: { name: string | null; email: string | null }): Person {
  return { name: user.name ?? 'Sluice', email: user.email ?? 'sluice@localhost' }
}
