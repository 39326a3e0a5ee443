import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../src/plan/read/yaml.ts'
import { readMarkdown } from '../../../src/plan/read/markdown.ts'
import type { Reading } from '../../../src/plan/read/document.ts'

function problemsOf(reading: Reading): string[] {
  return reading.problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

function documentOf(reading: Reading) {
  if (reading.document === null) throw new Error(problemsOf(reading).join('\n'))
  return reading.document
}

describe('YAML', () => {
  it('gives the value and positions', async () => {
    const document = documentOf(await readYaml('id: a\r\ntasks:\r\n  - one\r\n  - two\r\n'))
    expect(document.value).toEqual({ id: 'a', tasks: ['one', 'two'] })
    expect(document.positionOf(['tasks', 1], 'value')).toEqual({ line: 4, column: 5 })
    expect(document.positionOf(['tasks'], 'key')).toEqual({ line: 2, column: 1 })
  })

  it('reports a key that is written twice, by name', async () => {
    expect(problemsOf(await readYaml('id: a\nid: b\n'))).toEqual(['2:1 key "id" is written twice'])
  })

  it('reports a second document, with what to write instead', async () => {
    const reading = await readYaml('id: a\n---\nid: b\n')
    expect(problemsOf(reading)).toEqual(['2:1 a second document begins here, and a file is one document'])
    expect(reading).toMatchObject({ problems: [{ fix: 'put the documents into one list: "- id: a" and so on' }] })
  })

  it('reports a syntax error with its place', async () => {
    expect(problemsOf(await readYaml('id: a\ntasks: [one\n'))[0]).toMatch(/^3:1 not valid YAML/)
  })

  it('refuses a bomb of aliases', async () => {
    const level = (n: number) =>
      `a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`
    const bomb = ['a0: &a0 [x, x]', ...[1, 2, 3, 4, 5, 6, 7, 8].map(level)].join('\n')
    expect(problemsOf(await readYaml(bomb))[0]).toMatch(/alias/)
  })

  it('refuses nesting that would end the stack', async () => {
    expect(problemsOf(await readYaml(`${'['.repeat(20_000)}${']'.repeat(20_000)}`))[0]).toMatch(
      /^1:\d+ not (?:valid|usable) YAML/,
    )
    expect(problemsOf(await readYaml(`${'['.repeat(150)}${']'.repeat(150)}`))[0]).toMatch(/nested deeper/)
  })
})

describe('Markdown', () => {
  it('reads front matter and body, with positions in the file', async () => {
    const document = documentOf(await readMarkdown('---\r\nid: a\r\ntool: x\r\n---\r\n# Title\r\n\r\nText\r\n'))
    expect(document.value).toEqual({ id: 'a', tool: 'x' })
    expect(document.body).toBe('# Title\n\nText')
    expect(document.positionOf(['tool'], 'value')).toEqual({ line: 3, column: 7 })
  })

  it('keeps rules of the body out of the front matter', async () => {
    expect(documentOf(await readMarkdown('---\nid: a\n---\none\n\n---\n\ntwo')).body).toBe('one\n\n---\n\ntwo')
  })

  it('reports a missing and an open front matter', async () => {
    expect(problemsOf(await readMarkdown('# Readme\n'))).toEqual(['1:1 no front matter'])
    expect(problemsOf(await readMarkdown('---\nid: a\n'))).toEqual(['1:1 the front matter does not end'])
  })

  it('reports errors at their line in the file', async () => {
    expect(problemsOf(await readMarkdown('---\nid: a\nid: b\n---\n'))).toEqual(['3:1 key "id" is written twice'])
  })
})
