/** Takes out of a recorded output what differs from one machine and one minute to the next. */

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const INSTANT = /\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?/g
/** Milliseconds and seconds by the names of their fields, and numbers that are instants themselves. */
const SPAN = /("(?:\w*(?:[dD]uration|[lL]atency|[eE]lapsed|[tT]ime)\w*|\w+(?:Ms|_ms))"\s*:\s*)\d+(\.\d+)?/g
const EPOCH = /(?<!\d)1[789]\d{8}(\d{3})?(?!\d)/g
/** OpenCode's own ids, and names of git's objects. */
const NAMED = /\b(ses|prt|msg)_[0-9a-zA-Z]{26}\b/g
const OBJECT = /\b[0-9a-f]{40}\b/g

/** `places`: what is replaced by what, the longest first. */
export function neutral(text: string, places: Readonly<Record<string, string>>): string {
  // Claude Code names folders of its own after the folder that it works in.
  const dashed = (path: string): string => path.replaceAll(/[^A-Za-z0-9]/g, '-')
  const all = Object.entries(places).flatMap(([from, to]) => [[from, to] as const, [dashed(from), dashed(to)] as const])
  const longest = all.sort(([a], [b]) => b.length - a.length)
  const moved = longest.reduce((so, [from, to]) => so.replaceAll(from, to), text)
  const ids = new Map<string, string>()
  const numbered = (id: string, name: (number: string) => string, digits: number): string => {
    if (!ids.has(id)) ids.set(id, name(String(ids.size + 1).padStart(digits, '0')))
    return ids.get(id)!
  }
  return onceEach(moved.split('\n').map(shortened).join('\n'))
    .replaceAll(UUID, (id) => numbered(id, (number) => `00000000-0000-4000-8000-${number}`, 12))
    .replaceAll(NAMED, (id, kind: string) => numbered(id, (number) => `${kind}_${number}`, 26))
    .replaceAll(OBJECT, (id) => numbered(id, (number) => number, 40))
    .replaceAll(INSTANT, '2026-01-01T00:00:00.000Z')
    .replaceAll(SPAN, '$11')
    .replaceAll(EPOCH, (whole) => `1767225600${whole.length > 10 ? '000' : ''}`)
}

/** Some events are told again and again, as often as the machine has time for: one of them is enough. */
function onceEach(text: string): string {
  const bare = (line: string | undefined): string | undefined => line?.replaceAll(UUID, '').replaceAll(INSTANT, '')
  const lines = text.split('\n')
  return lines.filter((line, index) => line === '' || bare(line) !== bare(lines[index - 1])).join('\n')
}

/** Lists of all that an agent could do, and texts of its instructions, cut to what shows their shape. */
const ENTRIES_MAX = 4
const CHARACTERS_MAX = 400

function shortened(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    return JSON.stringify(JSON.parse(line), (_, value: unknown) => {
      if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX)
      return typeof value === 'string' && value.length > CHARACTERS_MAX ? `${value.slice(0, CHARACTERS_MAX)}…` : value
    })
  } catch {
    // It only looks like one.
    return line
  }
}
