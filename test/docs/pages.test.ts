/** Every page for people: the commands that it names can be typed, and its links lead somewhere. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callsIn, declared, problemOf } from '../kit/commands.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })]

const commands = declared()

/** Blocks of shell and spans of code; blocks marked as pending name what is still to come. */
function shellOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(\S*)( pending)?\n([^]*?)^```$/gm)]
  const shell = blocks.filter(([, info, pending]) => info === 'sh' && pending === undefined).map(([, , , body]) => body!)
  const spans = text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`(sluice [^`]+)`/g)
  return [...shell, ...[...spans].map(([, span]) => span!.replaceAll('\n', ' '))].flatMap(callsIn)
}

/** As GitHub names the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase())
  return new Set(headings.map((title) => title.replaceAll(/[^\p{L}\p{N}\- ]/gu, '').replaceAll(' ', '-')))
}

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')

  it('names commands that exist, with options that they have', () => {
    const calls = shellOf(text).filter((call) => !/^sluice (COMMAND|[<[.]|\.\.\.)/.test(call))
    expect(calls.flatMap((call) => problemOf(call, commands) ?? [])).toEqual([])
  })

  it('has links that resolve', () => {
    const links = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false
      const [file = '', anchor] = link.split('#')
      const path = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file)
      if (!existsSync(path) || relative(ROOT, path).startsWith('..')) return true
      return anchor !== undefined && !anchorsOf(readFileSync(path, 'utf8')).has(anchor)
    })
    expect(broken).toEqual([])
  })
})
