/**
 * YAML files (1.2, with merge keys), and the front matter of Markdown. The library is loaded when the first such file
 * is met: plans in JSON do without it.
 */
import type { Document as YamlDocument, ErrorCode, LineCounter } from 'yaml'
import { messageOf } from '../../model/failure.ts'
import { DEPTH_MAX, type Path, type Position, type Problem, type Reading } from './document.ts'

/** Aliases that a document may spend in all: "a billion laughs" needs millions, an honest file a handful. */
const ALIASES_MAX = 100

type Yaml = typeof import('yaml')

interface Parsed {
  tree: YamlDocument
  lines: LineCounter
}

/** Reads `text`; `lineOffset` lines stand before it in its file. All syntax errors are reported at once. */
export async function readYaml(text: string, lineOffset = 0): Promise<Reading> {
  const yaml = await import('yaml')
  try {
    const parsed = parse(yaml, text)
    const problems = problemsOf(parsed, text, lineOffset)
    // Of a key that is written twice the last value counts, and the rest can be read.
    if (parsed.tree.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { document: null, problems }
    const value: unknown = parsed.tree.toJS({ maxAliasCount: ALIASES_MAX })
    if (isDeeperThan(value, DEPTH_MAX)) return refuse(lineOffset, `nested deeper than ${DEPTH_MAX} levels`)
    return { document: { value, body: '', positionOf: positions(yaml, text, lineOffset) }, problems }
  } catch (thrown) {
    // The library throws for too many aliases, and the engine for nesting that ends the stack.
    return refuse(lineOffset, messageOf(thrown))
  }
}

function refuse(lineOffset: number, message: string): Reading {
  const fix = 'write it out plainly, without nesting aliases in one another'
  return {
    document: null,
    problems: [{ line: lineOffset + 1, column: 1, message: `not usable YAML: ${message}`, fix }],
  }
}

function parse(yaml: Yaml, text: string): Parsed {
  const lines = new yaml.LineCounter()
  return { tree: yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true }), lines }
}

const FIXES: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'keep one of them',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'line it up with its neighbours, and close every bracket',
  MULTIPLE_DOCS: 'put the documents into one list: "- id: a" and so on',
  MISSING_CHAR: 'add the missing character, or put quotes around the text',
  BAD_ALIAS: 'define the anchor (&name) before it is used',
}

function problemsOf({ tree, lines }: Parsed, text: string, lineOffset: number): Problem[] {
  return tree.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    const message =
      error.code === 'DUPLICATE_KEY'
        ? `key "${/^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? ''}" is written twice`
        : error.code === 'MULTIPLE_DOCS'
          ? 'a second document begins here, and a file is one document'
          : `not valid YAML: ${error.message}`
    const fix = FIXES[error.code] ?? 'correct it; text with : # [ ] { } in it needs quotes'
    return { line: line + lineOffset, column: col, message, fix }
  })
}

/** Parses again at the first question, because a tree with ranges is many times larger than the text. */
function positions(yaml: Yaml, text: string, lineOffset: number): (path: Path, of: 'key' | 'value') => Position {
  let parsed: Parsed | null = null
  return (path, of) => {
    parsed ??= parse(yaml, text)
    const { line, col } = parsed.lines.linePos(offsetOf(yaml, parsed.tree, path, of))
    return { line: line + lineOffset, column: col }
  }
}

function offsetOf(yaml: Yaml, tree: YamlDocument, path: Path, of: 'key' | 'value'): number {
  let node: unknown = tree.contents
  let found = startOf(yaml, tree.contents)
  for (const [depth, name] of path.entries()) {
    if (yaml.isAlias(node)) node = node.resolve(tree)
    if (yaml.isMap(node)) {
      const pair = node.items.find((item) => yaml.isScalar(item.key) && String(item.key.value) === String(name))
      if (!pair) return found
      const isLast = depth === path.length - 1
      found = startOf(yaml, (of === 'key' && isLast) || pair.value === null ? pair.key : pair.value)
      node = pair.value
    } else if (yaml.isSeq(node) && typeof name === 'number' && name < node.items.length) {
      node = node.items[name]
      found = startOf(yaml, node)
    } else return found
  }
  return found
}

function startOf(yaml: Yaml, node: unknown): number {
  return yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1))
}
