/** How long a workstream will take, as people write it: a number of hours, or a range. */

/** "10-14", "8-10h", "~3", "90m", "2 to 3 hours". */
const RANGE = /^~?\s*(\d+(?:\.\d+)?)\s*(?:(?:-|–|—|to|\.\.)\s*(\d+(?:\.\d+)?))?\s*(h|hrs?|hours?|m|mins?|minutes?)?$/i

/** Minutes for an estimate in hours (unless it says minutes): the middle of a range; null when it cannot be read. */
export function estimateMinutes(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? value * 60 : null
  const match = typeof value === 'string' ? RANGE.exec(value.trim()) : null
  if (!match) return null
  const low = Number(match[1])
  const middle = match[2] === undefined ? low : (low + Number(match[2])) / 2
  const minutes = match[3]?.toLowerCase().startsWith('m') ? middle : middle * 60
  return minutes > 0 ? minutes : null
}
