/**
 * What a hub is made of besides objects and refs: files whose text is ours alone. They are kept beside the hub, where
 * no agent writes, and put back before git of ours reads anything in it.
 */
import { constants, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { git, records } from './git.ts'
import type { Person } from './merge.ts'
import type { Repository } from './repository.ts'

/** A value in git's configuration syntax. */
export function configValue(value: string): string {
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
  return `"${escaped}"`
}

/** A path in git's C style, for files with a path per line; unquoted when it may stand as it is. */
export function cQuoted(path: string): string {
  if (!/^["#]|[\n\r]/.test(path)) return path
  const escaped = path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `"${escaped}"`
}

/** The path of a quoted line: what git writes are the escapes of C, of which paths need few. */
function cUnquoted(line: string): string {
  return line
    .slice(1, line.lastIndexOf('"'))
    .replace(/\\(n|r|t|.)/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter)
}

/** A remote's address without what would let somebody in. The user of an ssh address is part of the address. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/i, '$1').replace(/^(\w[\w+.-]*:\/\/[^/@:]*):[^/@]*@/, '$1@')
}

/**
 * The part of a hub's configuration that is ours; git's own part (format, file modes) goes before it. The remote is the
 * user's by name but leads back into the hub: an agent's fetch, pull and push work and reach nothing of the user's.
 */
export function hubConfig(hub: string, identity: Person | null, origin: string | null, isSparse: boolean): string {
  const lines = [
    '[core]',
    '\tlogAllRefUpdates = true',
    ...(isSparse ? ['\tsparseCheckout = true', '\tsparseCheckoutCone = true'] : []),
    '[checkout]',
    '\tworkers = 4',
    '[gc]',
    '\tauto = 0',
    '[maintenance]',
    '\tauto = false',
  ]
  if (identity !== null) {
    lines.push('[user]', `\tname = ${configValue(identity.name)}`, `\temail = ${configValue(identity.email)}`)
  }
  // A name in brackets cannot hold a newline, and without the redirection there must not be a remote.
  if (origin !== null && !hub.includes('\n')) {
    lines.push('[remote "origin"]', `\turl = ${configValue(origin)}`, '\tfetch = +refs/heads/*:refs/remotes/origin/*')
    lines.push(`[url ${configValue(hub)}]`, `\tinsteadOf = ${configValue(origin)}`)
  }
  return `${lines.join('\n')}\n`
}

/** What the user's repository contributes to its hubs. */
export interface HubInputs {
  origin: string | null
  /** Ignore rules of the user and of his repository, in git's order of precedence, in one text. */
  exclude: string
  /** The text of `objects/info/alternates`: the user's objects and what they borrow from, flat. */
  alternates: string
  /** The boundary of a shallow clone, or null. */
  shallow: string | null
}

/** What of the user's configuration hubs need, asked again only when the repository's own file was written since. */
const known = new WeakMap<Repository, { writtenMs: number; settings: Map<string, string> }>()

async function settingsOf(repo: Repository): Promise<Map<string, string>> {
  const writtenMs = (await stat(join(repo.gitDir, 'config')).catch(() => null))?.mtimeMs ?? 0
  const before = known.get(repo)
  if (before?.writtenMs === writtenMs) return before.settings
  const settings = await readSettings(repo)
  known.set(repo, { writtenMs, settings })
  return settings
}

async function readSettings(repo: Repository): Promise<Map<string, string>> {
  const args = ['config', '-z', '--get-regexp', String.raw`^(remote\.origin\.url|core\.excludesfile)$`]
  const found = await git(args, { gitDir: repo.gitDir, config: 'user', exits: [0, 1] })
  return new Map(
    records(found.stdout).map((record): [string, string] => {
      const [key, ...value] = record.split('\n')
      return [key!, value.join('\n')]
    }),
  )
}

/** Reads them. One process, usually none. */
export async function readHubInputs(repo: Repository): Promise<HubInputs> {
  const settings = await settingsOf(repo)
  const origin = settings.get('remote.origin.url')
  const xdg = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  const excludes = settings.get('core.excludesfile')?.replace(/^~(?=\/)/, homedir()) ?? join(xdg, 'git', 'ignore')
  const texts = await Promise.all([
    readOrEmpty(resolve(repo.root, excludes)),
    readOrEmpty(join(repo.gitDir, 'info', 'exclude')),
  ])
  return {
    origin: origin === undefined ? null : withoutCredentials(origin),
    exclude: `${texts.join('\n')}\n`,
    alternates: await alternatesFor(repo),
    shallow: await readFile(join(repo.gitDir, 'shallow'), 'utf8').catch(() => null),
  }
}

/** The text of `info/alternates` for a folder of objects that borrows from the repository: flat, a path per line. */
export async function alternatesFor(repo: Pick<Repository, 'objects'>): Promise<string> {
  return (await objectFolders(repo.objects)).map((path) => `${cQuoted(path)}\n`).join('')
}

/** A folder of objects and all that it borrows from: git follows only five steps, and a sandbox must name each. */
export async function objectFolders(objects: string, seen: Set<string> = new Set()): Promise<string[]> {
  if (seen.has(objects)) return []
  seen.add(objects)
  for (const line of (await readOrEmpty(join(objects, 'info', 'alternates'))).split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const path = line.startsWith('"') ? cUnquoted(line) : line
    await objectFolders(isAbsolute(path) ? path : resolve(objects, path), seen)
  }
  return [...seen]
}

async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}

/** What a sparse worktree holds; empty for a whole one. */
export const SPARSE_FILE = 'info/sparse-checkout'

/** Paths inside a hub that the template decides on, and so does the trusted folder beside it. */
const FILES = ['config', 'info/exclude', SPARSE_FILE, 'objects/info/alternates', 'shallow'] as const
const FOLDERS = ['info', 'objects/info'] as const

/**
 * Writes the template of a slot into its trusted folder. `own` is the configuration that `git init` wrote. Here and below
 * without waiting: a file of one line takes 20 us, and ten times as long by way of another thread and back.
 */
export function writeTemplate(
  trusted: string,
  hub: string,
  own: string,
  identity: Person | null,
  inputs: HubInputs,
  sparse: string,
): void {
  const texts: Record<(typeof FILES)[number], string> = {
    config: own + hubConfig(hub, identity, inputs.origin, sparse !== ''),
    'info/exclude': inputs.exclude,
    [SPARSE_FILE]: sparse,
    'objects/info/alternates': inputs.alternates,
    shallow: inputs.shallow ?? '',
  }
  for (const folder of FOLDERS) mkdirSync(join(trusted, folder), { recursive: true })
  for (const file of FILES) writeFileSync(join(trusted, file), texts[file])
}

/**
 * Copies the template into the hub, in the place of whatever is there. The folders must be real ones (see
 * `put-back.ts`), and nobody waits at a pipe: what stands there goes, and is not opened.
 */
export function applyTemplate(trusted: string, hub: string): void {
  for (const folder of FOLDERS) mkdirSync(join(hub, folder), { recursive: true })
  for (const file of [...FILES, 'HEAD']) rmSync(join(hub, file), { recursive: true, force: true })
  for (const file of FILES) copyFileSync(join(trusted, file), join(hub, file), constants.COPYFILE_EXCL)
  writeFileSync(join(hub, 'HEAD'), 'ref: refs/heads/main\n', { flag: 'wx' })
}
