/** The SQLite store against the contract, and what only a file can be asked: kills, other writers, other versions. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT, SluiceError } from '../../src/model/failure.ts'
import { openStore, openStoreIfThere } from '../../src/store/open.ts'
import { isDiskFull } from '../../src/process/full-disk.ts'
import { NO_SMALL_DISK, smallDisk } from '../kit/small-disk.ts'
import { storeContract } from './contract.ts'
import { sampleRun } from './sample.ts'

let folder = ''
let files = 0
const nextFile = (): string => join(folder, `store-${++files}`, 'sluice.db')
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-store-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let current = ''
storeContract('SQLite', {
  open: async () => openStore((current = nextFile())),
  reopen: async () => openStore(current),
})

const WRITER = join(import.meta.dirname, 'writer.ts')

describe('the SQLite store', () => {
  it('keeps every acknowledged change when its writer is killed, and state and event never disagree', async () => {
    const path = nextFile()
    for (let kill = 1; kill <= 4; kill++) {
      const writer = spawn(process.execPath, [WRITER, path, `kill-${kill}`], { stdio: ['ignore', 'pipe', 'inherit'] })
      let acknowledged = 0
      for await (const line of createInterface({ input: writer.stdout })) {
        acknowledged = Number(line)
        if (acknowledged >= kill * 5) writer.kill('SIGKILL')
      }
      if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
      const store = openStore(path)
      const events = await store.events(`kill-${kill}`)
      const [row] = await store.workstreams(`kill-${kill}`)
      await store.close()
      expect(events.length).toBeGreaterThanOrEqual(acknowledged)
      expect(events.map(({ attempt }) => attempt)).toEqual(events.map((_, index) => index + 1))
      expect(row?.state).toMatchObject({ state: 'queued', attempt: events.length })
    }
  })

  it('lets two processes write at once without "database is locked"', async () => {
    const path = nextFile()
    const write = (name: string): Promise<{ stdout: string }> => {
      return promisify(execFile)(process.execPath, [WRITER, path, name, '150'])
    }
    await Promise.all([write('one'), write('two')])
    const store = openStore(path)
    expect(await store.events('one')).toHaveLength(150)
    expect(await store.events('two')).toHaveLength(150)
    await store.close()
  })

  const title = 'keeps what was acknowledged on a full disk, says that it is full, and goes on (fault 19)'
  it.skipIf(NO_SMALL_DISK !== null)(`${title}${NO_SMALL_DISK === null ? '' : `: ${NO_SMALL_DISK}`}`, async () => {
    using disk = smallDisk()
    const store = openStore(join(disk.path, 'sluice.db'))
    const record = async (text: string): Promise<number> => {
      const change = { run: 'full', at: 1, runs: [{ ...sampleRun(), id: 'full' }] }
      return (await store.record({ ...change, events: [{ type: 'slot.report', slot: 'agent-1', text }] }))[0]!.seq
    }
    const acknowledged = [await record('first')]
    disk.fill()
    // More than fits into what the log has allocated already.
    const text = 'x'.repeat(10_000)
    const refusal = await record(text).catch((error: unknown) => error)
    expect(isDiskFull(refusal)).toBe(true)
    expect((await store.events('full')).map(({ seq }) => seq)).toEqual(acknowledged)
    disk.free()
    acknowledged.push(await record(text))
    expect((await store.events('full')).map(({ seq }) => seq)).toEqual(acknowledged)
    await store.close()
  })

  it('refuses a schema that is newer than it knows, and leaves the file as it is', () => {
    const path = nextFile()
    void openStore(path).close()
    const database = new DatabaseSync(path)
    database.exec('pragma user_version = 99')
    let refusal: unknown
    try {
      openStore(path)
    } catch (thrown) {
      refusal = thrown
    }
    expect(refusal).toBeInstanceOf(SluiceError)
    expect(refusal).toMatchObject({ failure: { code: 'E605', fix: 'use the newer version' }, exit: EXIT.usage })
    expect(database.prepare('pragma user_version').get()).toEqual({ user_version: 99 })
    database.close()
  })

  it('creates nothing when it is only to be read', async () => {
    const path = nextFile()
    expect(openStoreIfThere(path)).toBeNull()
    expect(existsSync(path)).toBe(false)
    const store = openStore(path)
    await store.record({ run: '7f3a', at: 1, runs: [sampleRun()] })
    const reader = openStoreIfThere(path)
    expect(await reader?.latestRun()).toEqual(sampleRun())
    await reader?.close()
    await store.close()
  })

  it('is brought to the newest schema once, by whoever opens it first', async () => {
    const path = nextFile()
    const stores = Array.from({ length: 4 }, () => openStore(path))
    for (const store of stores) expect(await store.latestRun()).toBeNull()
    for (const store of stores) await store.close()
  })
})
