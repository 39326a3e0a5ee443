/**
 * The three texts of a conflict, side by side: what the base had, what the target and what the work made of it, each
 * with its own line numbers. Read in memory: the sides of all files become three flat trees, and diffs between those
 * say where both changed. (Markers would have to be asked for in a style that `merge-tree` of git 2.39 does not know,
 * and hold only the line numbers of a file that is nobody's.)
 */
import type { Hunk, HunkSide } from '../model/landing.ts'
import { git } from './git.ts'
import type { ConflictFile, Stages } from './conflict.ts'
import type { Repository } from './repository.ts'
import { commonPlaces, type Edit, type Span, withoutSame } from './three-way.ts'

type Repo = Pick<Repository, 'gitDir'>

/** Above this nobody reads a file in a report, and it is not held in memory. */
const BLOB_BYTES_MAX = 1024 * 1024
const HUNKS_MAX = 10
const LINES_MAX = 40
const LINE_LENGTH_MAX = 300
/** Characters of all hunks of one conflict: it is stored, and told as one event. */
const TOTAL_LENGTH_MAX = 48 * 1024

export interface FileHunks {
  hunks: Hunk[]
  /** How many more there are. */
  cut: number
}

const SIDES = ['base', 'target', 'work'] as const
type SideName = (typeof SIDES)[number]
type Texts = Record<SideName, string[] | null>

/** Hunks by path, for the files that have text on at least two sides; bounded in lines and characters, all together. */
export async function threeWayHunks(repo: Repo, files: readonly ConflictFile[]): Promise<Map<string, FileHunks>> {
  const texts = await readTexts(repo, files)
  const trees: Record<SideName, string> = { base: '', target: '', work: '' }
  for (const [index, side] of SIDES.entries()) trees[side] = await flatTree(repo, files, texts, index + 1)
  const toTarget = await editsBetween(repo, trees.base, trees.target)
  const toWork = await editsBetween(repo, trees.base, trees.work)
  const across = await editsBetween(repo, trees.target, trees.work)
  const found = new Map<string, FileHunks>()
  let room = TOTAL_LENGTH_MAX
  for (const [index, { path }] of files.entries()) {
    const all = texts[index]
    if (all === null || all === undefined) continue
    const edits = {
      toTarget: toTarget.get(index) ?? [],
      toWork: toWork.get(index) ?? [],
      across: across.get(index) ?? [],
    }
    const hunks: Hunk[] = []
    const spans = spansOf(all, edits)
    for (const span of spans.slice(0, HUNKS_MAX)) {
      const hunk = cutOut(all, span)
      room -= lengthOf(hunk)
      if (room < 0) break
      hunks.push(hunk)
    }
    found.set(path, { hunks, cut: spans.length - hunks.length })
  }
  return found
}

interface Edits {
  toTarget: Edit[]
  toWork: Edit[]
  across: Edit[]
}

/** Ranges to show; null where that side has no file. */
type Spans = Record<SideName, Span | null>

function spansOf({ base, target, work }: Texts, { toTarget, toWork, across }: Edits): Spans[] {
  const old = ({ start, count }: Edit): Span => ({ start, end: start + count })
  const fresh = ({ newStart, newCount }: Edit): Span => ({ start: newStart, end: newStart + newCount })
  if (base === null) return across.map((edit) => ({ base: null, target: old(edit), work: fresh(edit) }))
  // Changed on one side, deleted on the other: what the change was.
  if (work === null) return toTarget.map((edit) => ({ base: old(edit), target: fresh(edit), work: null }))
  if (target === null) return toWork.map((edit) => ({ base: old(edit), target: null, work: fresh(edit) }))
  return commonPlaces(toTarget, toWork).flatMap((place) => withoutSame(place, target, work) ?? [])
}

function cutOut(texts: Texts, spans: Spans): Hunk {
  const side = (name: SideName): HunkSide | null => {
    const span = spans[name]
    const lines = texts[name]
    if (span === null || lines === null) return null
    const shown = lines.slice(span.start, Math.min(span.end, span.start + LINES_MAX))
    return {
      start: span.start + 1,
      lines: shown.map((line) => (line.length <= LINE_LENGTH_MAX ? line : `${line.slice(0, LINE_LENGTH_MAX - 3)}...`)),
      cut: span.end - span.start - shown.length,
    }
  }
  return { base: side('base'), target: side('target'), work: side('work') }
}

function lengthOf(hunk: Hunk): number {
  return SIDES.flatMap((side) => hunk[side]?.lines ?? []).reduce((sum, line) => sum + line.length + 1, 0)
}

/** Lines of every side of every file; null for a file that is not text, or has it on fewer than two sides. */
async function readTexts(repo: Repo, files: readonly ConflictFile[]): Promise<(Texts | null)[]> {
  const blobs = files.flatMap(({ stages }) => Object.values(stages).map((stage) => stage!.object))
  const contents = await readBlobs(repo, [...new Set(blobs)])
  return files.map(({ stages }) => {
    const present = Object.values(stages).filter((stage) => stage !== undefined)
    const isText = present.every(({ mode, object }) => mode.startsWith('100') && contents.has(object))
    if (present.length < 2 || !isText) return null
    const linesOf = (stage: Stages[number]): string[] | null =>
      stage === undefined ? null : linesIn(contents.get(stage.object)!)
    return { base: linesOf(stages[1]), target: linesOf(stages[2]), work: linesOf(stages[3]) }
  })
}

function linesIn(text: string): string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** Contents of the blobs that are text and not too large. Two processes for all. */
async function readBlobs(repo: Repo, objects: readonly string[]): Promise<Map<string, string>> {
  const listed = (ids: readonly string[]): string => ids.map((id) => `${id}\n`).join('')
  const sizes = (await git(['cat-file', '--batch-check'], { gitDir: repo.gitDir, input: listed(objects) })).stdout
  const small = sizes.split('\n').flatMap((line) => {
    const [object, type, size] = line.split(' ')
    return type === 'blob' && Number(size) <= BLOB_BYTES_MAX ? [object!] : []
  })
  const { bytes } = await git(['cat-file', '--batch'], { gitDir: repo.gitDir, input: listed(small) })
  const contents = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\n', at)
    const [object, , size] = bytes.toString('latin1', at, end).split(' ')
    const content = bytes.subarray(end + 1, end + 1 + Number(size))
    // As git has it: a zero byte makes it binary.
    if (!content.includes(0)) contents.set(object!, content.toString('utf8'))
    at = end + 1 + Number(size) + 1
  }
  return contents
}

/** A tree in which the file at `index` has that name: no path of anybody's, so no attributes apply. */
async function flatTree(
  repo: Repo,
  files: readonly ConflictFile[],
  texts: readonly (Texts | null)[],
  stage: number,
): Promise<string> {
  const entries = files.flatMap(({ stages }, index) => {
    const one = texts[index] === null ? undefined : stages[stage]
    return one === undefined ? [] : [`100644 blob ${one.object}\t${index}\n`]
  })
  return (await git(['mktree'], { gitDir: repo.gitDir, input: entries.join('') })).stdout.trim()
}

/** Changed ranges by file, for files that both trees have. With the algorithm that git merges with. */
async function editsBetween(repo: Repo, before: string, after: string): Promise<Map<number, Edit[]>> {
  const args = ['diff-tree', '-r', '-p', '-U0', '--text', '--no-renames', '--no-ext-diff', '--no-textconv']
  const how = ['--diff-filter=M', '--diff-algorithm=histogram', '--no-indent-heuristic', before, after]
  const found = new Map<number, Edit[]>()
  let edits: Edit[] = []
  for (const line of (await git([...args, ...how], { gitDir: repo.gitDir })).stdout.split('\n')) {
    const file = /^diff --git a\/(\d+) b\/\d+$/.exec(line)
    if (file !== null) found.set(Number(file[1]), (edits = []))
    const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
    if (range === null) continue
    const [start, count, newStart, newCount] = range.slice(1).map((text) => Number(text ?? 1))
    edits.push({
      start: from0(start!, count!),
      count: count!,
      newStart: from0(newStart!, newCount!),
      newCount: newCount!,
    })
  }
  return found
}

/** An empty range is given as the line before it, any other as its first line, both from 1. */
function from0(line: number, count: number): number {
  return count === 0 ? line : line - 1
}
