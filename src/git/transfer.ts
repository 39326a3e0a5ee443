/**
 * The only way for commits from a hub into the user's repository: one strict pack. Every object is hashed and checked
 * on arrival, its links must lead to objects that came along or were there, and names that git itself would trip over
 * (`.git` in any spelling, `..`) are refused. Nothing is fetched: a fetch would leave a pack behind each time, and the
 * user's next commit would start a gc.
 */
import { tellsOfFullDisk } from '../process/full-disk.ts'
import { git, GitError, gitPipe } from './git.ts'
import type { Repository } from './repository.ts'
import type { Slot } from './slot.ts'

/** From here on one pack is better than loose files: git's own gc thinks so at 6,700. */
const LOOSE_OBJECTS_MAX = 2000
/** Of one piece of work, packed: more is a build product that was committed by mistake. */
export const WORK_BYTES_MAX = 512 * 1024 * 1024
/** Signature, version, number of objects. */
const PACK_HEADER_BYTES = 12

export type Transfer =
  | { kind: 'done' }
  /** The hub cannot produce the pack: objects are missing or unreadable. */
  | { kind: 'damaged'; message: string }
  | { kind: 'refused'; reason: 'hostile' | 'too-large' | 'unrelated'; message: string }

/**
 * Brings `tip` with everything that `base` does not have. Without a pin it is only as safe as the next gc is far.
 * `isOurs`: the tip is a commit of our own making right on the base, so that nothing but the pack has to be looked at.
 */
export async function transfer(
  repo: Repository,
  slot: Slot,
  tip: string,
  {
    base,
    maxBytes,
    signal,
    isOurs = false,
  }: { base: string; maxBytes: number; signal?: AbortSignal; isOurs?: boolean },
): Promise<Transfer> {
  const args = ['pack-objects', '--revs', '--thin', '--stdout', '-q', '--delta-base-offset']
  const into = { gitDir: repo.gitDir, signal }
  const pipe = await gitPipe(
    { args, options: { gitDir: slot.hub, input: `${tip}\n^${base}\n`, signal } },
    (head) => {
      const objects = head.length < PACK_HEADER_BYTES ? 0 : head.readUInt32BE(8)
      const limit = `--max-input-size=${maxBytes}`
      return objects > LOOSE_OBJECTS_MAX
        ? { args: ['index-pack', '--stdin', '--strict', '--fix-thin', limit], options: into }
        : { args: ['unpack-objects', '-q', '--strict', limit], options: into }
    },
    { headBytes: PACK_HEADER_BYTES, bytesMax: maxBytes },
  )
  if (pipe.bytes > maxBytes) {
    return { kind: 'refused', reason: 'too-large', message: `the work is larger than ${maxBytes} bytes` }
  }
  const complaints = [pipe.from, pipe.to].flatMap((end) => (end !== null && end.exit !== 0 ? [end] : []))
  const full = complaints.find(({ stderr }) => tellsOfFullDisk(stderr))
  if (full !== undefined) throw new GitError(['pack-objects', tip], full.exit, full.stderr)
  // A receiver that refuses breaks the pipe, which then looks like a failure of the sender too.
  if (pipe.to !== null && pipe.to.exit !== 0 && !(pipe.from.exit !== 0 && pipe.from.stderr !== '')) {
    return { kind: 'refused', reason: 'hostile', message: pipe.to.stderr.trim() }
  }
  if (pipe.from.exit !== 0) return { kind: 'damaged', message: pipe.from.stderr.trim() }
  // Its links have been followed on arrival, and lead to the base or to what came along.
  if (isOurs) return { kind: 'done' }
  // Not `--not --all`: a ref that somebody deletes while git lists them (a candidate, a branch of the user's) is a fatal
  // "bad object", and would make sound work look damaged. The base is reachable from a ref, so it is complete.
  // The base is on the boundary of what was walked if the walk leads down to it, and only then.
  const walk = ['rev-list', '--objects', '--no-object-names', '--boundary', tip, `^${base}`]
  const whole = await git(walk, { gitDir: repo.gitDir, signal, exits: [0, 1, 128] })
  if (whole.exit !== 0) return { kind: 'damaged', message: whole.stderr.trim() }
  return whole.stdout.split('\n').includes(`-${base}`)
    ? { kind: 'done' }
    : { kind: 'refused', reason: 'unrelated', message: 'does not descend from its base' }
}
