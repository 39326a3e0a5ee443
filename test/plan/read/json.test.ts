import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { Path } from '../../../src/plan/read/document.ts'
import { readJson } from '../../../src/plan/read/json.ts'
import { scanJson } from '../../../src/plan/read/json-scanner.ts'

function problemOf(text: string) {
  const reading = readJson(text)
  const [first] = reading.problems
  if (first === undefined) throw new Error('no problem was found')
  return first
}

function placeOf(text: string, path: Path, of: 'key' | 'value' = 'value'): string {
  const reading = readJson(text)
  if (reading.document === null) throw new Error('not valid')
  const { line, column } = reading.document.positionOf(path, of)
  return `${line}:${column}`
}

describe('mistakes in JSON are told with place and change', () => {
  const cases: [name: string, text: string, place: string, message: RegExp, fix: RegExp][] = [
    ['trailing comma in an object', '{\n  "id": "a",\n}', '2:12', /trailing comma/, /delete this comma/],
    ['trailing comma in a list', '{"tasks": ["a", ]}', '1:15', /trailing comma/, /delete this comma/],
    ['missing comma', '{\n  "id": "a"\n  "tasks": []\n}', '2:12', /missing comma/, /add a comma/],
    ['single quotes', "{'id': 'a'}", '1:2', /' around a key/, /double quotes/],
    ['single quotes around a value', `{"id": 'a'}`, '1:8', /' around a text/, /double quotes/],
    ['typographic quotes', '{"id": “a”}', '1:8', /“ around a text/, /double quotes/],
    ['key without quotes', '{id: "a"}', '1:2', /key id without quotes/, /write "id"/],
    ['line comment', '{\n  // the id\n  "id": "a"\n}', '2:3', /no comments/, /delete the comment/],
    ['block comment', '{"id": "a" /* x */}', '1:12', /no comments/, /delete/],
    ['ends inside an object', '{"id": "a",\n "tasks": [', '2:12', /ends where a value is due/, /closing brackets/],
    ['ends inside a list', '{"tasks": ["a"', '1:15', /ends inside the \[ of line 1/, /add \]/],
    ['text that does not end on its line', '{"id": "a\n}', '1:8', /does not end on its line/, /close it/],
    ['Windows path', '{"file": "src\\main"}', '1:14', /\\m is no escape/, /\\\\/],
    ['Python', '{"ok": True}', '1:8', /True is no JSON value/, /write true/],
    ['None', '{"ok": None}', '1:8', /None/, /write null/],
    ['bare word', '{"id": core}', '1:8', /core is no JSON value/, /write "core"/],
    ['number with a zero', '{"gate": 01}', '1:10', /not a number/, /plainly/],
    ['wrong bracket', '{"tasks": ["a"}', '1:15', /} where \] is due/, /close \[/],
    ['no colon', '{"id" "a"}', '1:7', /no colon/, /": "/],
    ['two values', '{"id": "a"}\n{"id": "b"}', '2:1', /second value/, /one array/],
    ['nothing', '', '1:1', /file is empty/, /write a JSON object/],
    ['a key twice', '{"id": "a",\n "tool": "x",\n "id": "b"}', '3:2', /"id" is written twice/, /keep one/],
  ]
  it.each(cases)('%s', (_name, text, place, message, fix) => {
    const problem = problemOf(text)
    expect(`${problem.line}:${problem.column}`).toBe(place)
    expect(problem.message).toMatch(message)
    expect(problem.fix).toMatch(fix)
  })

  it('all of them that are clear, each where it is', () => {
    const text = `{
  // the first
  id: 'a',
  "tasks": ["x",],
  "ready": True
  "tool": \`b\`, /* twice */ "tool": "c",
}
`
    const { document, problems } = readJson(text)
    expect(document).toBe(null)
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '2:3 not valid JSON: JSON has no comments',
      '3:3 not valid JSON: key id without quotes',
      "3:7 not valid JSON: ' around a text",
      '4:16 not valid JSON: trailing comma before ]',
      '5:12 not valid JSON: True is no JSON value',
      '5:16 not valid JSON: missing comma',
      '6:11 not valid JSON: ` around a text',
      '6:16 not valid JSON: JSON has no comments',
      '6:39 not valid JSON: trailing comma before }',
      '6:28 key "tool" is written twice',
    ])
  })

  it('and no more than help, nor what follows from a quote inside of a text', () => {
    expect(readJson(`[${'x, '.repeat(50)}1]`).problems).toHaveLength(10)
    expect(readJson('{"a": "the "best" one", "b": 1,}').problems).toHaveLength(1)
  })

  it('but a key that is written twice hides nothing: the rest is read', () => {
    const { document, problems } = readJson('{"id": "a", "id": "b"}')
    expect(document?.value).toEqual({ id: 'b' })
    expect(problems).toHaveLength(1)
  })

  it('ends at nesting that would end the stack', () => {
    expect(problemOf('['.repeat(200) + ']'.repeat(200)).message).toMatch(/nested deeper/)
  })
})

describe('the scanner accepts what JSON.parse accepts', () => {
  it('valid documents', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(scanJson(text).mistakes).toEqual([])
      }),
    )
  })

  it('and nothing else', () => {
    const broken = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', ':', '\\', '0', 'x', '\n', ' '),
    )
    fc.assert(
      fc.property(broken, ([text, at, put]) => {
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + put + text.slice(place + 1)
        let isValid = true
        try {
          JSON.parse(changed)
        } catch {
          isValid = false
        }
        expect(scanJson(changed).mistakes.length === 0).toBe(isValid)
      }),
      { numRuns: 500 },
    )
  })
})

describe('positions', () => {
  const text = '{\r\n  "a": { "b": [1, {"c": 2}] },\r\n  "d": 3\r\n}'

  it('of values and keys, with Windows line ends', () => {
    expect(placeOf(text, ['d'])).toBe('3:8')
    expect(placeOf(text, ['d'], 'key')).toBe('3:3')
    expect(placeOf(text, ['a', 'b', 1, 'c'])).toBe('2:25')
  })

  it('of the deepest part that exists', () => {
    expect(placeOf(text, ['a', 'x'])).toBe('2:8')
    expect(placeOf(text, ['x'])).toBe('1:1')
  })

  it('inside arrays and bundles', () => {
    expect(placeOf('[{"id": "a"},\n {"id": "b"}]', [1, 'id'])).toBe('2:9')
    expect(placeOf('{"bundle_id": "x", "workstreams": [\n{"id": "a"},\n{"id": "b"}]}', ['workstreams', 1, 'id'])).toBe(
      '3:8',
    )
  })
})
