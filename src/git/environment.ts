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
 * where line ends and large-file filters must be the ones that his own `git pull` would use.
 */
export type ConfigSource = 'ours' | 'user'

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

/** The complete environment of a git process; `extra` (index, identities, dates) is added last. */
export function gitEnvironment(config: ConfigSource, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {}
  for (const name of config === 'user' ? [...PASSED, ...PASSED_USER] : PASSED) {
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
    ...extra,
  }
}
