/** A run that ended with one workstream in conflict with another one that has landed. */
import { planned, type PlanOptions, type PlannedRepository } from './plan.ts'

/** The file that `a` and `b` change; `c` waits for `b`. */
const TEXT = 'name = demo\nlimit = 10\ncolour = blue\n'
export const limited = (limit: string): string => TEXT.replace('limit = 10', limit)

/** `a` has landed, `b` is in conflict with it in `settings.txt`, `c` is blocked. `more` is for `planned`. */
export async function clashed(more: Pick<PlanOptions, 'config' | 'script'> = {}): Promise<PlannedRepository> {
  const write = (limit: string) => ({ write: { path: 'settings.txt', text: limited(limit) } })
  const repo = await planned({
    config: more.config ?? {},
    workstreams: [
      { id: 'a', files_scope: ['settings.txt', 'a.txt'] },
      { id: 'b', files_scope: ['settings.txt', 'b.txt'] },
      { id: 'c', depends_on: ['b'] },
    ],
    script: {
      a: [{ signal: 'marks/a' }, { wait: 'marks/b' }, write('limit = 20')],
      b: [{ signal: 'marks/b' }, { wait: 'marks/a' }, { wait: 'marks/landed' }, write('limit = 10 per user')],
      ...more.script,
    },
    files: { 'settings.txt': TEXT },
  })
  await using stack = new AsyncDisposableStack()
  stack.use(repo)
  const run = repo.start('run')
  await run.event({ type: 'landing.moved', workstream: 'a' })
  await repo.go('landed')
  const { exit } = await run.ended
  const { state } = await repo.row('b')
  if (exit !== 3 || state !== 'conflict') throw new Error(`b is ${state}, exit ${exit}`)
  stack.move()
  return repo
}
