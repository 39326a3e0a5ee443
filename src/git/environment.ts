/**
 * The environment of every git process of ours.
 *
 * Git runs programs that configuration names: hooks, fsmonitor, filters, drivers, signers, pagers. Agents can write
 * configuration, so ours does not come from files: settings go through `GIT_CONFIG_COUNT` variables (`-c` can be
 * bypassed by chosen names), user and system files are off, and of the caller's own `GIT_*` variables nothing is left.
 */
import { join } from 'node:path'

/**
 * Whose configuration files count besides the repository's own.
 * `ours`: none. `user`: the user's and the system's too: only to find his repository and to touch his own checkout,
 * where line ends and large-file filters must be the ones that his own `git pull` would use. `remote`: as `user`, and with
 * what leads to his remotes (transports, agents that hold his keys, proxies): only to push for him, and to fetch when
 * that was refused.
 */
export type ConfigSource = 'ours' | 'user' | 'remote'

/** In force for every call. Waiting for a lock of somebody else's short git command is 2 s instead of git's 0.1 s. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.filesRefLockTimeout', '2000'],
  ['core.packedRefsTimeout', '2000'],
  ['protocol.allow', 'never'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['log.showSignature', 'false'],
  ['i18n.commitEncoding', 'UTF-8'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.fsckObjects', 'true'],
  ['init.defaultRefFormat', 'files'],
  // The text of a conflict is read by programs: it must not depend on how somebody likes to see his own.
  ['merge.conflictStyle', 'merge'],
]

/**
 * Not for the user's own checkout: files outside the repository that git reads even without configuration. And a bare
 * repository is never found by chance, only named.
 */
const SETTINGS_OURS: readonly (readonly [string, string])[] = [
  ['safe.bareRepository', 'explicit'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
]

/**
 * Where the global configuration is said to be: below a file, where nothing can exist and nobody can put anything.
 * Not `/dev/null`: `git config --global` as root would replace the device by a file. Not an empty file either: it would
 * have to lie somewhere, and be left behind by a kill.
 */
const NOWHERE = join(process.execPath, 'no-git-config')

/** What git needs of the caller's environment; the rest (above all GIT_* and SLUICE_*) stays outside. */
const PASSED = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME']
const PASSED_USER = [
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CEILING_DIRECTORIES',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
]

/** Where keys and passwords are asked for without a person: agents, helpers, tokens; and the way through a proxy. */
const PASSED_REMOTE = [
  'SSH_AUTH_SOCK',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'GNUPGHOME',
  'PASSWORD_STORE_DIR',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
]

/** Nobody sits there: what would ask fails instead. And no transport that is a program (`ext::`). */
const REMOTE = {
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  GIT_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
}

function passedTo(config: ConfigSource): readonly string[] {
  if (config === 'ours') return PASSED
  return config === 'user' ? [...PASSED, ...PASSED_USER] : [...PASSED, ...PASSED_USER, ...PASSED_REMOTE]
}

/** The complete environment of a git process; `extra` (index, identities, dates) is added last. */
export function gitEnvironment(config: ConfigSource, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {}
  for (const name of passedTo(config)) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  if (config === 'ours') {
    environment['GIT_CONFIG_GLOBAL'] = NOWHERE
    environment['GIT_CONFIG_NOSYSTEM'] = '1'
    environment['GIT_ATTR_NOSYSTEM'] = '1'
  }
  const settings = config === 'ours' ? [...SETTINGS, ...SETTINGS_OURS] : SETTINGS
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(settings.length),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...(config === 'remote' ? REMOTE : {}),
    ...extra,
  }
}
