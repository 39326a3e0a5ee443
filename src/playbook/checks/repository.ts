/** Can landings be made in this repository? A dirty checkout is no reason against it: it is only not brought forward. */
import { didYouMean } from '../../model/id.ts'
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts, RepositoryFacts } from '../facts.ts'

export function checkRepository({ repository, config }: Facts): Check[] {
  if (repository.kind === 'refused') {
    const { code, message, fix } = repository.failure
    return [fail('repository', code, message, fix ?? 'go to your repository')]
  }
  const { facts } = repository
  const checks = [
    ok('repository', facts.root),
    checkBranchWs(facts),
    checkWritable(facts),
    ...checkContents(facts),
    ...checkSigning(facts),
  ]
  if (config === null) return checks
  return [...checks, checkTarget(facts, config.target), checkCheckout(facts, config.target)]
}

function checkTarget(facts: RepositoryFacts, target: string): Check {
  const { tip, head, operation, branches } = facts
  if (tip === null && head.commit === null && (head.branch === target || branches.length === 0)) {
    const message = `${head.branch ?? 'the branch'} has no commit yet, so there is nothing to build on`
    return fail('target', 'E105', message, 'git add --all && git commit -m "Begin"')
  }
  if (tip === null) {
    const meant = didYouMean(target, branches) ?? head.branch ?? branches[0]
    const fix =
      meant === undefined ? `git branch ${target}` : `target: ${meant} in sluice.yaml, or git branch ${target}`
    return fail('target', 'E105', `there is no branch ${target}`, fix)
  }
  if (operation !== null) {
    const message = `${operation} is in progress in a checkout of ${target}`
    return fail('target', 'E105', message, 'finish it or abort it; git status says how')
  }
  return ok('target', `${target} at ${tip.slice(0, 10)}`)
}

/** `ws` as a branch and `ws/<id>` cannot both exist: refs are files and folders. */
function checkBranchWs({ branches }: RepositoryFacts): Check {
  if (!branches.includes('ws')) return ok('branches', 'ws/<id> is free')
  const message = 'a branch is called ws, so the branches ws/<id> cannot be made'
  return fail('branches', 'E105', message, 'git branch -m ws another-name')
}

function checkWritable({ unwritable }: RepositoryFacts): Check {
  if (unwritable.length === 0) return ok('writable', 'state, refs and slots can be written')
  return fail('writable', 'E105', `cannot write: ${unwritable.join(', ')}`, 'change its owner or mode, or paths.work')
}

/** A landing that nobody asked to be unsigned is not made unsigned. */
function checkSigning({ signing }: RepositoryFacts): Check[] {
  if (signing.kind === 'off') return []
  if (signing.kind === 'works') return [ok('signing', 'landings are signed with your key')]
  const message = `commit.gpgSign is on, and no commit can be signed: ${signing.reason}`
  const fix = 'git config user.signingKey KEY, unlock it for the length of the run; or: git config commit.gpgSign false'
  return [fail('signing', 'E105', message, fix)]
}

/** Slots borrow the objects of the repository, and fetch nothing. */
function checkContents({ elsewhere }: RepositoryFacts): Check[] {
  return elsewhere.map((what) => {
    switch (what) {
      case 'partial clone': {
        const message = 'a partial clone: objects that were not fetched yet are missing in slots'
        return fail('contents', 'E105', message, 'git fetch --refetch --no-filter, or use a full clone')
      }
      case 'git-lfs':
        return warn(
          'contents',
          'E105',
          'files kept by git-lfs are pointers in slots',
          'keep them out of scopes and gates',
        )
      case 'submodules':
        return warn('contents', 'E105', 'submodules are empty folders in slots', 'workspace.setup can fill them')
    }
  })
}

function checkCheckout({ head, changes }: RepositoryFacts, target: string): Check {
  if (head.branch === null) {
    const message = 'HEAD is detached: landings move the branch and not what you see here'
    return warn('checkout', 'W407', message, `git switch ${target}`)
  }
  if (head.branch !== target) return ok('checkout', `${head.branch} is checked out here, landings go to ${target}`)
  if (changes === 0) return ok('checkout', 'clean')
  const files = changes === 1 ? '1 changed file' : `${changes} changed files`
  const message = `${files} in your checkout: it is not brought forward where that would overwrite one`
  return warn('checkout', 'W407', message, 'commit or stash; or leave it, landings go on beside it')
}
