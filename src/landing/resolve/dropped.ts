/** The reason that a resolution gives for what it dropped: `Dropped: <path>: <why>`, on a line of its own. Pure. */

/** At least a word: what comes after the path has to say something. */
const WORD = /[\p{L}\p{N}]{2}/u

const DROPPED = /^\s*Dropped:(.*)$/i

/** Whether a message gives a reason for this path. It has to name the whole path, and more than that. */
export function hasReason(message: string, path: string): boolean {
  return message.split('\n').some((line) => {
    const said = DROPPED.exec(line)?.[1]
    if (said === undefined) return false
    const at = said.indexOf(path)
    if (at < 0 || isPartOfName(said[at - 1])) return false
    const rest = said.slice(at + path.length)
    return !isPartOfName(rest[0]) && WORD.test(rest)
  })
}

/** The lines of a message that give a reason. */
export function reasonsIn(message: string): string[] {
  return message.split('\n').filter((line) => DROPPED.test(line))
}

function isPartOfName(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}/_-]/u.test(character)
}
