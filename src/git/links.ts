/**
 * Where a symbolic link of a tree leads, told from the tree alone. One that is absolute, or leads out of the tree or
 * into git's own folder, means another file on every machine, and a test or a build that follows it reads or writes
 * what is nobody's business here.
 */

/** More steps than any sound link takes: a circle, which leads nowhere and so not out. */
const STEPS_MAX = 100

/**
 * Why the link at `path` must not land, or null. `targets` are the contents of all links in the tree by path: a way
 * through another link goes on where that one leads, so `..` cannot be cancelled on paper. Pure.
 */
export function linkProblem(path: string, targets: ReadonlyMap<string, string>): 'absolute' | 'escaping' | null {
  const at = path.split('/').slice(0, -1)
  const todo = (targets.get(path) ?? '').split('/')
  if (isAbsolute(targets.get(path) ?? '')) return 'absolute'
  for (let steps = 0; todo.length > 0 && steps < STEPS_MAX; steps++) {
    const step = todo.shift()!
    if (step === '' || step === '.') continue
    if (step === '..') {
      if (at.pop() === undefined) return 'escaping'
      continue
    }
    at.push(step)
    if (at.length === 1 && step.toLowerCase() === '.git') return 'escaping'
    const next = targets.get(at.join('/'))
    if (next === undefined) continue
    if (isAbsolute(next)) return 'escaping'
    at.pop()
    todo.unshift(...next.split('/'))
  }
  return null
}

/** Also in the words of Windows: a drive, a share. */
function isAbsolute(target: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(target)
}
