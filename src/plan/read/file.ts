/** One file of a plan, from bytes to a document, by its extension. */
import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { messageOf } from '../../model/failure.ts'
import type { Reading } from './document.ts'
import { readJson } from './json.ts'
import { readMarkdown } from './markdown.ts'
import { readYaml } from './yaml.ts'

/** Larger than any plan that a person or a program writes; keeps a wrong glob from loading a database. */
const FILE_BYTES_MAX = 32 * 1024 * 1024

/**
 * Reads `path`. A promise only where a library has to be loaded, because awaiting thousands of JSON files costs more
 * than parsing them. What cannot be read is a problem with line 0: the whole file is meant.
 */
export function readPlanFile(path: string): Reading | Promise<Reading> {
  const text = readText(path)
  if (typeof text !== 'string') return { document: null, problems: [{ line: 0, column: 0, ...text }] }
  switch (extname(path).toLowerCase()) {
    case '.json':
      return readJson(text, () => {
        const now = readText(path)
        return typeof now === 'string' ? now : ''
      })
    case '.yaml':
    case '.yml':
      return readYaml(text)
    case '.md':
      return readMarkdown(text)
    default:
      return refuse(
        `${extname(path) || 'a name without an extension'} is not a format of workstreams`,
        'use .json, .yaml, .yml or .md',
      )
  }
}

function refuse(message: string, fix: string): Reading {
  return { document: null, problems: [{ line: 0, column: 0, message, fix }] }
}

/** The text of a file in UTF-8, or UTF-16 with its mark (as some Windows tools write), without a byte order mark. */
export function readText(path: string): string | { message: string; fix: string } {
  let bytes: Buffer
  try {
    const stat = statSync(path)
    // A pipe or a device would wait for ever.
    if (stat.isDirectory()) return { message: 'a folder, not a file', fix: 'name the files in it, like folder/*.json' }
    if (!stat.isFile()) return { message: 'not a regular file', fix: 'name a file' }
    if (stat.size > FILE_BYTES_MAX) return { message: `larger than ${FILE_BYTES_MAX >> 20} MB`, fix: 'split it' }
    bytes = readFileSync(path)
  } catch (thrown) {
    return { message: `cannot be read: ${messageOf(thrown)}`, fix: 'make it readable, or leave it out' }
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (!isUtf8(bytes)) return { message: 'not UTF-8', fix: 'save it as UTF-8' }
  return bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}
