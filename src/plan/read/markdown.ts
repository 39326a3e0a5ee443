/** Markdown files: the keys of a workstream as YAML front matter, the body as its brief. */
import type { Reading } from './document.ts'
import { readYaml } from './yaml.ts'

const FRONT = /^---[ \t]*\r?\n([\s\S]*?)(?:^---[ \t]*(?:\r?\n|$))/m

/** Reads `text` (without a byte order mark). A file without front matter is a problem: it cannot have an id. */
export async function readMarkdown(text: string): Promise<Reading> {
  const front = text.startsWith('---') ? FRONT.exec(text) : null
  if (front === null || front.index !== 0) {
    const opened = /^---[ \t]*\r?\n/.test(text)
    const message = opened ? 'the front matter does not end' : 'no front matter'
    const fix = opened
      ? 'close it with a line of three hyphens, ---'
      : 'begin the file with "---", "id: ...", "---", or leave it out of `workstreams` in sluice.yaml'
    return { document: null, problems: [{ line: 1, column: 1, message, fix }] }
  }
  const reading = await readYaml(front[1]!, 1)
  if (reading.document === null) return reading
  const body = text.slice(front[0].length).replaceAll('\r\n', '\n').trim()
  return { ...reading, document: { ...reading.document, body } }
}
