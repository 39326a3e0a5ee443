import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { identify } from '../../../src/process/identity.ts'
import { createRedactor } from '../../../src/process/redact.ts'
import { livingAttempt } from './attempt.ts'
import { giveToken, grantOf, someLive, takeBack } from '../../../src/tools/keys/grants.ts'

interface Place extends AsyncDisposable {
  folder: string
  /** An attempt's folder, with a living process in the place of its shim. */
  attempt(name: string): Promise<string>
}

async function place(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-grants-'))
  const folder = join(dir, 'keys')
  await mkdir(folder)
  return {
    folder,
    attempt: (name) => livingAttempt(join(dir, name)),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

describe('a token', () => {
  it('stands for its key, cannot be guessed, and is not on the disk', async () => {
    await using p = await place()
    const dir = await p.attempt('a.1')
    const grant = { key: 'claude/ANTHROPIC_API_KEY', dir }
    const tokens = [await giveToken(p.folder, grant), await giveToken(p.folder, grant)]
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect(token.length).toBeGreaterThan(50)
      expect(await grantOf(p.folder, token)).toEqual(grant)
    }
    expect(await grantOf(p.folder, `${tokens[0]!.slice(0, -1)}!`)).toBeNull()
    expect(await grantOf(p.folder, '../proxy.json')).toBeNull()
    for (const name of await readdir(p.folder)) {
      const text = name + (await readFile(join(p.folder, name), 'utf8'))
      for (const token of tokens) expect(text).not.toContain(token)
      expect((await stat(join(p.folder, name))).mode & 0o077).toBe(0)
    }
  })

  it('is worth nothing after its attempt: taken back, or by what the attempt has left', async () => {
    await using p = await place()
    const [one, other] = [await p.attempt('a.1'), await p.attempt('b.1')]
    const [ofOne, ofOther] = [
      await giveToken(p.folder, { key: 'k', dir: one }),
      await giveToken(p.folder, { key: 'k', dir: other }),
    ]
    await takeBack(p.folder, one)
    expect(await grantOf(p.folder, ofOne)).toBeNull()
    expect(await grantOf(p.folder, ofOther)).not.toBeNull()
    await writeFile(join(other, 'exit.json'), '{"code":0}')
    expect(await grantOf(p.folder, ofOther)).toBeNull()
  })

  it('keeps the proxy alive while its attempt lives, or is about to', async () => {
    await using p = await place()
    expect(await someLive(p.folder)).toBe(false)
    const dir = await p.attempt('a.1')
    await giveToken(p.folder, { key: 'k', dir })
    expect(await someLive(p.folder)).toBe(true)
    // The shim is gone without a word.
    const gone = { ...identify(process.pid)!, startTicks: 1 }
    await writeFile(join(dir, 'run.json'), JSON.stringify({ shim: gone, tool: gone }))
    expect(await someLive(p.folder)).toBe(false)
    expect(await readdir(p.folder)).toEqual([])
    // Nothing was started so far, and after a minute nothing will be.
    await giveToken(p.folder, { key: 'k', dir: join(p.folder, 'not-begun') })
    expect(await someLive(p.folder)).toBe(true)
    const [file] = await readdir(p.folder)
    await utimes(join(p.folder, file!), 0, 0)
    expect(await someLive(p.folder)).toBe(false)
  })

  it('is not taken for gone where nothing can be read', async () => {
    await using p = await place()
    const unreadable = join(await p.attempt('a.1'), 'run.json')
    await expect(someLive(unreadable)).rejects.toThrow('ENOTDIR')
    await expect(takeBack(unreadable, p.folder)).rejects.toThrow('ENOTDIR')
  })

  it('is taken out of texts like a key, by whoever does not know it', async () => {
    await using p = await place()
    const token = await giveToken(p.folder, { key: 'k', dir: p.folder })
    const line = createRedactor().line(`ANTHROPIC_API_KEY=${token} and {"token":"${token}"}`)
    expect(line).not.toContain(token.slice(0, 20))
    expect(line).toContain('[redacted]')
  })
})
