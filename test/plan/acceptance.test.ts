import { describe, expect, it } from 'vitest'
import { readAcceptance } from '../../src/plan/acceptance.ts'

const programs = new Set([
  'npm',
  'pytest',
  'python',
  'make',
  'find',
  'grep',
  'ls',
  'node',
  'git',
  'scripts/submit.py',
  './check.sh',
  'file',
  'go',
])
const read = (text: string) => readAcceptance(text, (word) => programs.has(word))

describe('commands', () => {
  it.each([
    'npm test',
    'npm run build --silent',
    'make',
    'make all',
    'go test ./...',
    'pytest -q -k "not slow and the rest"',
    `python -c 'from a.b import *'`,
    `grep -r 'OLD' . --include='*.md' | wc -l`,
    '! grep -rn TODO src',
    'CI=1 npm test',
    'cd web && npm test',
    'test -f README.md',
    '[ -d dist ]',
    'for f in *.sh; do sh -n $f; done',
    './check.sh',
    'scripts/submit.py --dry-run',
    'git diff --check',
    'node --test > /dev/null',
    '(cd web; npm test)',
  ])('%s', (text) => {
    expect(read(text)).toEqual({ kind: 'command' })
  })
})

describe('prose', () => {
  it.each([
    'All directories exist and contain .gitkeep files',
    'make sure that the tests pass',
    'find all usages of the old name',
    'npm test passes',
    'pytest passes without errors',
    'node is installed',
    'file exists',
    "python doesn't print warnings",
    'scripts/submit.py successfully submits a task to the queue',
    'scripts/submit.py displays correct task status',
    'scripts/submit.py generates metrics dashboard',
    'test that login works',
    'make coverage > 80 %',
    'Test workflow locally or in CI with no violations (should pass)',
    '',
  ])('%s', (text) => {
    expect(read(text)).toEqual({ kind: 'prose', missing: null })
  })
})

describe('what looks like a command, but whose program is not there', () => {
  it.each([
    ['cargo test --all', 'cargo'],
    ['scripts/gone.sh -v', 'scripts/gone.sh'],
    ['pwsh scripts/test.ps1', 'pwsh'],
  ])('%s', (text, missing) => {
    expect(read(text)).toEqual({ kind: 'prose', missing })
  })
})
