/** The package: what it says of itself, what it ships, and that a stranger can install it. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../../src/cli/version.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const manifest: Record<string, unknown> & { files: string[]; scripts: Record<string, string> } = JSON.parse(
  read('package.json'),
)

describe('the package', () => {
  it('has the version that --version prints', () => {
    expect(manifest['version']).toBe(VERSION)
    expect(read('CHANGELOG.md')).toContain(VERSION)
  })

  it('ships files that exist; dist/ is made by the build', () => {
    expect(manifest.files.filter((path) => path !== 'dist' && !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('needs nothing at run time: everything is in the bundle', () => {
    expect(manifest['dependencies']).toBeUndefined()
    expect(manifest['optionalDependencies']).toBeUndefined()
    expect(manifest['peerDependencies']).toBeUndefined()
  })

  it('starts by a launcher that says which Node it needs', () => {
    const { sluice } = manifest['bin'] as { sluice: string }
    expect(statSync(join(ROOT, sluice)).mode & 0o111).not.toBe(0)
    expect(read(sluice)).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})

describe('the clone', () => {
  it('is pinned exactly', () => {
    const pins = Object.values(manifest['devDependencies'] as Record<string, string>)
    expect(pins.filter((pin) => !/^\d+\.\d+\.\d+$/.test(pin))).toEqual([])
  })

  it('has a lockfile for any registry, of the same version', () => {
    const lock = JSON.parse(read('package-lock.json'))
    expect(lock.version).toBe(VERSION)
    const entries = Object.values<Record<string, unknown>>(lock.packages)
    expect(entries.filter((entry) => entry['resolved'] !== undefined)).toEqual([])
  })

  it('has every script that CI and the README name', () => {
    const texts = `${read('.ci/run')}${read('README.md')}${read('CONTRIBUTING.md')}`
    const scripts = [...texts.matchAll(/npm (?:run ([\w:]+)|(test))\b(?!:)/g)].map(
      ([, script, test]) => script ?? test!,
    )
    expect(scripts).toContain('test')
    // What README shows as the user's own command is no script of ours.
    const users = ['test:user']
    expect(scripts.filter((name) => manifest.scripts[name] === undefined && !users.includes(name))).toEqual([])
  })
})
