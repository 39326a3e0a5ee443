/**
 * The places where two texts meet, each in three versions, and what lies between them. Bytes are kept as latin1 text, so
 * that nothing is lost of a file in whatever encoding.
 */
import { MARKERS, mergeTexts, type ThreeTexts } from '../../git/merge-file.ts'
import type { Repository } from '../../git/repository.ts'

/** Lines with their ends, as latin1. */
export interface Hunk {
  ours: string
  base: string
  theirs: string
}

/** Text that merged by itself, or a place where it did not. */
export type Part = string | Hunk

const LINES = new Set<string>(Object.values(MARKERS))

/** The parts of a conflicted text, in order; null when it cannot be told apart (binary, or markers of ours in it). */
export async function conflictParts(repo: Pick<Repository, 'gitDir'>, texts: ThreeTexts): Promise<Part[] | null> {
  if ([texts.ours, texts.base, texts.theirs].some((text) => hasMarkers(latin1(text)))) return null
  const merged = await mergeTexts(repo, texts, 'markers')
  return merged.kind === 'binary' ? null : partsOf(latin1(merged.text))
}

/** Whether a line of the text is one of the markers that `mergeTexts` writes. */
export function hasMarkers(text: string): boolean {
  return linesOf(text).some((line) => LINES.has(bare(line)))
}

/** Lines with their ends; a last one may have none. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** For people: what was kept as latin1, read as UTF-8. */
export function readable(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}

function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let between = ''
  let hunk: Hunk | null = null
  let side: keyof Hunk = 'ours'
  for (const line of linesOf(text)) {
    const mark = bare(line)
    if (mark === MARKERS.ours) {
      parts.push(between)
      between = ''
      hunk = { ours: '', base: '', theirs: '' }
      side = 'ours'
    } else if (hunk === null) between += line
    else if (mark === MARKERS.base) side = 'base'
    else if (mark === MARKERS.middle) side = 'theirs'
    else if (mark === MARKERS.theirs) {
      parts.push(hunk)
      hunk = null
    } else hunk[side] += line
  }
  return [...parts, between]
}

/** Without its end: in a file with Windows line ends git writes its markers with them too. */
function bare(line: string): string {
  return line.replace(/\r?\n$/, '')
}
