/**
 * Which acceptance strings are commands and which are prose. People write both into the same list: `pytest -q tests/`
 * next to "All directories exist". A command is executed; prose becomes a point of a checklist and is never executed.
 *
 * The rule: the first word is something that can be executed, and what follows does not read as a sentence. Both
 * halves are needed: `make` and `find` begin many sentences, and `scripts/x.py successfully submits a task` begins
 * with a program.
 */

export type AcceptanceReading =
  | { kind: 'command' }
  /** `missing` is the program that a text which looks like a command would need. */
  | { kind: 'prose'; missing: string | null }

/** Words of the shell itself: they are no files on PATH, but `/bin/sh -c` runs them. */
const SHELL_WORDS = new Set(
  '. : [ ( { cd case command eval exec exit export false for if set source test trap true type ulimit umask unset until wait while'.split(
    ' ',
  ),
)

/** A single one of these, outside quotes, makes a sentence: nobody gives them to a program as an argument. */
const SURE = new Set(
  `the a an is are was were be been has have had should must can cannot could will would may might that which this these those
  does doesn't don't isn't aren't not without successfully correctly properly accurately still sure exists exist
  passes works succeeds completes`.split(/\s+/),
)

/** Verbs with which a sentence about a program goes on: "prints usage", "generates a dashboard". */
const VERBS = new Set(
  `accepts adds applies blocks builds captures compiles contains creates deletes detects displays emits ends exits fails finishes
  generates gets gives handles ignores imports includes keeps lists loads logs logged matches outputs parses persists prints produces
  raises reads records refuses rejects removes renders reports resolves responds returns runs saves sends shows starts stops stores
  submits supports takes throws triggers updates uses validates verifies writes`.split(/\s+/),
)

/** Two of these, or one among plain words, make a sentence. */
const LINKS = new Set(
  `with of to in for and or on by from into against after before when where at than between across under over as via per no any
  every each only both if then while until unless because so`.split(/\s+/),
)

/**
 * How `text` is read. `isExecutable` says of a word whether it is a program on PATH, or a path in the tree with the
 * right to be executed.
 */
export function readAcceptance(text: string, isExecutable: (word: string) => boolean): AcceptanceReading {
  const words = wordsOf(text)
  let first = 0
  while (first < words.length - 1 && (/^[A-Za-z_]\w*=/.test(words[first]!) || words[first] === '!')) first++
  const program = words[first]?.replace(/^\(+(?=.)/, '')
  if (program === undefined) return { kind: 'prose', missing: null }
  const rest = words.slice(first + 1)
  if (readsAsSentence(text, rest)) return { kind: 'prose', missing: null }
  if (SHELL_WORDS.has(program) || isExecutable(program)) return { kind: 'command' }
  return { kind: 'prose', missing: looksTyped(program, rest) ? program : null }
}

/** Words as the shell would cut them, near enough; what was quoted becomes one word that is not a plain one. */
function wordsOf(text: string): string[] {
  // A quote behind a letter is an apostrophe.
  return text.trim().match(/(?:"(?:[^"\\]|\\.)*"|(?<!\w)'[^']*'|[^\s"']|(?<=\w)')+|["']/g) ?? []
}

/** A word of a language: letters only, perhaps with punctuation behind it. */
const PLAIN = /^\(?[A-Za-z]+(?:['’-][a-z]+)*\)?[.,;:!?]*$/

/** Syntax that only a shell understands. */
const SHELL = /&&|\||\$[({A-Za-z_]|(?:^|\s)\d?>{1,2}|(?:^|\s)<|;\s*(?:do|then|done|fi|esac)\b/

/** "> 80 %" is a comparison, not a file. */
const COMPARISON = /(?:^|\s)[<>]=?\s*\d+(?:\.\d+)?\s*%/

function readsAsSentence(text: string, rest: string[]): boolean {
  if (rest.length === 0) return false
  if (COMPARISON.test(text)) return true
  if (SHELL.test(unquoted(text))) return false
  const plain = rest.filter((word) => PLAIN.test(word))
  const bare = plain.map((word) => word.replace(/[().,;:!?]/g, '').toLowerCase())
  if (bare.some((word) => SURE.has(word))) return true
  if (rest.length > 1 && VERBS.has(bare[0] ?? '') && rest[0] === plain[0]) return true
  if (plain.length > 1 && plain.some((word) => /[a-z][,.!?]$/.test(word))) return true
  const links = bare.filter((word) => LINKS.has(word)).length
  if (links > 1 || (links === 1 && plain.length > 2)) return true
  // Four words in a row and nothing else (no flag, no path, no quotes): a program rarely takes that.
  return plain.length > 3 && plain.length === rest.length
}

function unquoted(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|(?<!\w)'[^']*'|`[^`]*`/g, '""')
}

/** Would somebody who types this mean a program? A lower-case name, and flags or paths behind it. */
function looksTyped(program: string, rest: string[]): boolean {
  if (!/^[a-z./][\w./+-]*$/.test(program)) return false
  return program.includes('/') || rest.some((word) => /^-{1,2}[A-Za-z]/.test(word) || /[\w.]\/|\/[\w.]/.test(word))
}
