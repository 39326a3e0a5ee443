/**
 * What a tool or a check sees of our environment: nothing, but for a short list. What is not passed cannot leak, and
 * a run does not depend on the shell that it was started from.
 */
import { NONCE_VARIABLE } from './table.ts'

/** Who and where the user is, the language, and how this machine reaches the network. */
const ALLOWED = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TERM',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
])

/** Not even when asked for: git would work on another repository, and our mark must not be borrowed. */
function isForbidden(name: string): boolean {
  return name.startsWith('GIT_') || name === NONCE_VARIABLE
}

/**
 * The allowed part of `source`, and of it also what `pass` names; `set` comes last and wins (HOME and TMPDIR of a
 * slot, for instance). GIT_* and the nonce are never taken from `source`; the nonce cannot be set either.
 */
export function allowedEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  { pass, set }: { pass: readonly string[]; set: Readonly<Record<string, string>> },
): Record<string, string> {
  const wanted = new Set(pass)
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || isForbidden(name)) continue
    if (ALLOWED.has(name) || name.startsWith('LC_') || wanted.has(name)) environment[name] = value
  }
  for (const [name, value] of Object.entries(set)) if (name !== NONCE_VARIABLE) environment[name] = value
  return environment
}
