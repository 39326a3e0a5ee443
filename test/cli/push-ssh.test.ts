/**
 * `landing.push` to an ssh address: with the ssh that the user has set, asking nothing. A program of the test takes the place
 * of ssh and runs the other end of git here, which is the same to git; where there is an sshd, it is the real one.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planned, type PlannedRepository, type PlanOptions } from '../kit/plan.ts'
import { startSluice } from '../kit/sluice.ts'

const PUSH = { landing: { push: 'origin' } }

interface OverSsh extends PlannedRepository {
  remote: string
  there(): Promise<string>
  /** A program in ssh's place that keeps what it was asked under `name`, and whether it has a terminal to ask on. */
  ssh(name: string): Promise<string>
  /** What it was asked for, a line for each call. */
  calls(name: string): Promise<string[]>
}

/** `origin` is an ssh address of a folder here, and has `main`. */
async function overSsh(options: PlanOptions = {}, host = 'git@example.invalid'): Promise<OverSsh> {
  const repo = await planned({ ...options, config: { ...PUSH, ...options.config } })
  const remote = join(repo.dir, 'remote.git')
  await repo.git(['init', '-q', '--bare', '-b', 'main', remote])
  await repo.git(['push', '-q', remote, 'main'])
  await repo.git(['remote', 'add', 'origin', `ssh://${host}${remote}`])
  return {
    ...repo,
    remote,
    there: () => repo.git(['rev-parse', 'refs/heads/main'], remote),
    async ssh(name) {
      const path = join(repo.dir, `${name}.sh`)
      const log = join(repo.dir, `${name}.log`)
      await repo.write(
        path,
        `#!/bin/sh
[ "$1" != -G ] || exit 1
if (: </dev/tty) 2>/dev/null; then echo "has a terminal" >>'${log}'; fi
for command; do :; done
echo "$1 $command" >>'${log}'
exec sh -c "$command"
`,
      )
      await chmod(path, 0o755)
      return path
    },
    async calls(name) {
      const text = await readFile(join(repo.dir, `${name}.log`), 'utf8').catch(() => '')
      return text.split('\n').filter((line) => line !== '')
    },
  }
}

describe.concurrent('landing.push over ssh', () => {
  it('goes through core.sshCommand, to push and to fetch, without a terminal to ask on', async () => {
    await using repo = await overSsh()
    await repo.git(['config', 'core.sshCommand', await repo.ssh('mine')])
    const clone = join(repo.dir, 'clone')
    await repo.git(['clone', '-q', repo.remote, clone])
    await repo.write(join(clone, 'theirs.txt'), 'theirs\n')
    const theirs = await repo.commit('theirs', clone)
    await repo.git(['push', '-q', 'origin', 'main'], clone)
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(0)
    await run.event({ type: 'push.merged', remote: 'origin', theirs })
    expect(await repo.there()).toBe(await repo.git(['rev-parse', 'main']))
    expect(await repo.calls('mine')).toEqual([
      `git@example.invalid git-receive-pack '${repo.remote}'`,
      `git@example.invalid git-upload-pack '${repo.remote}'`,
      `git@example.invalid git-receive-pack '${repo.remote}'`,
    ])
  })

  it('goes through GIT_SSH_COMMAND before that, as with git itself', async () => {
    await using repo = await overSsh()
    await repo.git(['config', 'core.sshCommand', await repo.ssh('configured')])
    const env = { ...repo.place.env, GIT_SSH_COMMAND: await repo.ssh('asked') }
    const run = startSluice(['run'], { ...repo.place, env })
    expect((await run.ended).exit).toBe(0)
    expect(await repo.there()).toBe(await repo.git(['rev-parse', 'main']))
    expect(await repo.calls('asked')).toEqual([`git@example.invalid git-receive-pack '${repo.remote}'`])
    expect(await repo.calls('configured')).toEqual([])
  })

  it('is not reached by an agent that pushes to the same name', async () => {
    await using repo = await overSsh({
      config: { landing: {} },
      script: {
        a: [{ write: { path: 'a.txt', text: 'a\n' } }, { commit: 'a' }, { run: 'git push -q origin HEAD:main' }],
      },
    })
    const before = await repo.there()
    await repo.git(['config', 'core.sshCommand', await repo.ssh('mine')])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.there()).toBe(before)
    expect(await repo.calls('mine')).toEqual([])
  })

  it('failed: says what ssh said, not that git got no answer', async () => {
    await using repo = await overSsh()
    const no = join(repo.dir, 'no.sh')
    await repo.write(no, '#!/bin/sh\necho "Permission denied (publickey)." >&2\nexit 255\n')
    await chmod(no, 0o755)
    await repo.git(['config', 'core.sshCommand', no])
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(3)
    const message = 'main could not be pushed to origin: Permission denied (publickey).'
    await run.event({ type: 'warning', failure: { code: 'W407', message } })
    expect(await repo.landed()).toEqual(['a'])
  })
})

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path))
const IS_ROOT = process.getuid?.() === 0
/** Run by root it wants a folder of the system, which it gets in a view of its own. */
const VIEW = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"', 'sh']

function answers(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What the real thing lacks here; null: nothing. */
function missing(): string | null {
  if (SSHD === undefined) return 'sshd'
  if (!answers('sh', ['-c', 'command -v ssh ssh-keygen'])) return 'ssh'
  return IS_ROOT && !answers(VIEW[0]!, [...VIEW.slice(1), 'true']) ? 'unshare, as root' : null
}

const lacks = missing()

describe.skipIf(lacks !== null)(`landing.push to a real sshd${lacks === null ? '' : ` (here is no ${lacks})`}`, () => {
  it('pushes with the key of the user, and to nobody whose key he does not know', async () => {
    const user = userInfo().username
    await using repo = await overSsh({}, `${user}@sluice.invalid`)
    const at = (name: string): string => join(repo.dir, name)
    for (const key of ['host', 'user', 'other'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', at(key)])
    const hostKey = (key: string): Promise<string> => readFile(at(`${key}.pub`), 'utf8')
    await repo.write(at('authorized'), await hostKey('user'))
    await repo.write(
      at('sshd.conf'),
      `HostKey ${at('host')}
AuthorizedKeysFile ${at('authorized')}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
PidFile none
ForceCommand env HOME=${at('home')} GIT_CONFIG_NOSYSTEM=1 sh -c "$SSH_ORIGINAL_COMMAND"
`,
    )
    // One sshd for each connection, on the two ends of a pipe: no port, and nothing that could be left running.
    const daemon = [SSHD!, '-i', '-e', '-f', at('sshd.conf')]
    await repo.write(
      at('daemon.sh'),
      `#!/bin/sh\nexec ${(IS_ROOT ? [...VIEW, ...daemon] : daemon).map(quoted).join(' ')}\n`,
    )
    await chmod(at('daemon.sh'), 0o755)
    await repo.write(
      at('ssh.conf'),
      `Host *
ProxyCommand ${at('daemon.sh')} 2>/dev/null
IdentityFile ${at('user')}
IdentitiesOnly yes
UserKnownHostsFile ${at('known')}
GlobalKnownHostsFile /dev/null
`,
    )
    await repo.git(['config', 'core.sshCommand', `ssh -F ${at('ssh.conf')}`])
    const before = await repo.there()
    await repo.write(at('known'), `sluice.invalid ${await hostKey('other')}`)
    const refused = repo.start('run')
    expect((await refused.ended).exit).toBe(3)
    await refused.event({
      type: 'warning',
      failure: { code: 'W407', message: 'main could not be pushed to origin: Host key verification failed.' },
    })
    expect(await repo.there()).toBe(before)
    await repo.write(at('known'), `sluice.invalid ${await hostKey('host')}`)
    const run = repo.start('run')
    const { exit, stderr } = await run.ended
    expect({ exit, stderr }).toMatchObject({ exit: 0 })
    expect(await repo.there()).toBe(await repo.git(['rev-parse', 'main']))
  })
})

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
