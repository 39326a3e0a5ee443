/**
 * Line ends that were turned in a whole file: every line differs, so every other change of that file conflicts, and the
 * history says nothing any more. Told from the contents; what to do about it is a policy.
 */

export type LineEnd = 'lf' | 'crlf'

/** Of the lines before, so many have the one end; a few strays are no style. */
const BEFORE_SHARE_MIN = 0.9
/** Of the lines after, so many have the other one: then it is the file that was turned, not a paste. */
const AFTER_SHARE_MIN = 0.5

/** The style that `before` had and `after` has lost; null when it is kept, or when one of them has none. Pure. */
export function turnedFrom(before: Buffer, after: Buffer): LineEnd | null {
  const [old, now] = [crlfShare(before), crlfShare(after)]
  if (old === null || now === null) return null
  if (old <= 1 - BEFORE_SHARE_MIN && now >= AFTER_SHARE_MIN) return 'lf'
  return old >= BEFORE_SHARE_MIN && now <= 1 - AFTER_SHARE_MIN ? 'crlf' : null
}

/** The same lines, all with this end. Bytes that are no text in any encoding stay as they are. Pure. */
export function withLineEnds(content: Buffer, style: LineEnd): Buffer {
  const text = content.toString('latin1').replaceAll('\r\n', '\n')
  return Buffer.from(style === 'lf' ? text : text.replaceAll('\n', '\r\n'), 'latin1')
}

/** How many of the lines end with CR LF, 0 to 1; null without a line, or for what is not text. */
function crlfShare(content: Buffer): number | null {
  // As git tells text from other things.
  if (content.subarray(0, 8000).includes(0)) return null
  let [lines, crlf] = [0, 0]
  for (let at = content.indexOf(0x0a); at !== -1; at = content.indexOf(0x0a, at + 1)) {
    lines += 1
    if (at > 0 && content[at - 1] === 0x0d) crlf += 1
  }
  return lines === 0 ? null : crlf / lines
}
