/** Beginning anew, asking for help, and a run in the background: the commands for when things have gone wrong, or it is late. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'
import { snapshot } from '../kit/snapshot.ts'
import { straysOf } from '../kit/traces.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

describe.concurrent('reset', () => {
  it('says what is lost and changes nothing when nobody can be asked', async () => {
    await using repo = await planned()
    expect(await repo.sluice('reset')).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing to reset') })
    expect((await repo.sluice('run')).exit).toBe(0)
    const before = snapshot(repo.state)
    const asked = await repo.sluice('reset', '--no-input')
    expect(asked).toMatchObject({ exit: 2, stderr: expect.stringContaining('sluice reset --yes') })
    expect(asked.stdout).toMatch(/^lost {3}.* in \.sluice\/: the history of all runs/)
    expect(snapshot(repo.state)).toEqual(before)
    expect((await repo.status()).counts).toMatchObject({ landed: 1 })
  })

  it('ends what is at work, removes state and slots, and keeps the target, the branches and all finished work', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b' }],
      script: { b: [...held('b'), WRITE] },
    })
    const run = repo.start('run')
    await run.event({ type: 'landing.moved', workstream: 'a' })
    await repo.reached('b-began')
    expect(await repo.sluice('reset', '--yes')).toMatchObject({ exit: 6 })
    await run.kill()
    const main = await repo.git(['rev-parse', 'main'])
    const work = await repo.git(['rev-parse', 'ws/a'])
    const done = await repo.sluice('reset', '--yes')
    expect(done).toMatchObject({ exit: 0, stdout: expect.stringContaining('not pinned yet of b attempt 1') })
    expect(existsSync(join(repo.root, '.sluice'))).toBe(false)
    expect(straysOf(repo.dir)).toEqual([])
    expect(await repo.git(['rev-parse', 'main', 'ws/a'])).toBe(`${main}\n${work}`)
    const kept = await repo.git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/sluice/kept'])
    expect(kept).toMatch(new RegExp(`^${work} refs/sluice/kept/\\S+/wip/a/1$`, 'm'))
    await repo.go('b-go')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b'])
    expect(await repo.git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/sluice/kept'])).toBe(kept)
  })

  it('is the way out of a store that cannot be read', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    await writeFile(join(repo.root, '.sluice/sluice.db'), 'not a database at all '.repeat(400))
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.sluice('reset', '--yes')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
  })
})

describe.concurrent('bundle', () => {
  it('holds what somebody needs to help, without secrets, also when a part cannot be read', async () => {
    const secret = 'correct-horse-battery-staple'
    await using repo = await planned({
      config: { limits: { attempts: 1 } },
      script: { a: [{ say: `Error: key ${secret} refused` }, { exit: 1 }] },
    })
    repo.place.env['SOME_API_KEY'] = secret
    expect((await repo.sluice('run')).exit).toBe(1)
    const out = join(repo.dir, 'help.tar.gz')
    const made = await repo.sluice('bundle', '--out', out)
    expect(made).toMatchObject({ exit: 0, stderr: '' })
    const names = execFileSync('tar', ['-tzf', out], { encoding: 'utf8' })
    for (const name of [
      'versions.txt',
      'doctor.json',
      'status.json',
      'report.json',
      'events.ndjson',
      'git.txt',
      'sluice.yaml',
      'logs/orchestrator.log',
      'attempts/a.1.log',
    ]) {
      expect(names).toContain(`/${name}\n`)
    }
    const all = execFileSync('tar', ['-xzOf', out], { encoding: 'utf8' })
    expect(all).not.toContain('horse')
    expect(all).toContain('key [redacted SOME_API_KEY] refused')
    const damaged = join(repo.dir, 'damaged.tar.gz')
    await writeFile(join(repo.root, '.sluice/sluice.db'), 'not a database at all '.repeat(400))
    expect((await repo.sluice('bundle', '--out', damaged)).exit).toBe(0)
    const rest = execFileSync('tar', ['-xzOf', damaged], { encoding: 'utf8' })
    expect(rest).toContain('this could not be read')
    expect(rest).toContain('refs/heads/main')
    expect(await repo.sluice('bundle', '--out', join(repo.dir, 'no/such/folder'))).toMatchObject({ exit: 2 })
  })
})

describe.concurrent('run --detach', () => {
  it('gives the terminal back once the run is at work, which goes on to its end by itself', async () => {
    await using repo = await planned({ script: { a: [...held('a'), WRITE] } })
    const detached = await repo.sluice('run', '--detach')
    expect(detached).toMatchObject({ exit: 0, stderr: '' })
    expect(detached.stdout).toMatch(/^run \S+ is at work in the background \(process \d+\)\n/)
    await repo.reached('a-began')
    expect((await repo.status()).run!.state).toBe('running')
    expect(await repo.sluice('run', '--detach')).toMatchObject({ exit: 6, stderr: expect.stringContaining('E105') })
    const followed = repo.sluice('logs', '-f')
    await repo.go('a-go')
    expect((await followed).stdout).toMatch(/run ended after .*1 landed; exit 0/)
    expect(await repo.landed()).toEqual(['a'])
  })

  it('tells here what cannot go well, with the exit code of the run, and leaves nothing behind', async () => {
    await using repo = await planned({ config: { gate: ['false'] } })
    const refused = await repo.sluice('run', '--detach')
    expect(refused).toMatchObject({ exit: 5, stderr: expect.stringContaining('E506') })
    expect(existsSync(join(repo.root, '.sluice'))).toBe(false)
  })
})
