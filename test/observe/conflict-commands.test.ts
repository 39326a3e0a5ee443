/** The commands that a conflict report prints, typed as they are into a real repository. */
import { describe, expect, it } from 'vitest'
import { conflictCommands } from '../../src/observe/conflict-text.ts'
import { scratch } from '../kit/repository.ts'
import { sampleConflict } from '../store/sample.ts'

describe('the commands of a conflict', () => {
  it('lead from the pinned work to a merge with the target, and back, without moving the target', async () => {
    await using sandbox = await scratch({ files: { 'a.txt': 'base\n' } })
    await sandbox.git(['switch', '-q', '-c', 'work'])
    await sandbox.write('a.txt', 'work\n')
    const work = await sandbox.commit('work')
    const { ref } = sampleConflict('ws-09')
    await sandbox.git(['update-ref', ref, work])
    await sandbox.git(['switch', '-q', 'main'])
    await sandbox.write('a.txt', 'landed\n')
    const landed = await sandbox.commit('landed')

    const type = (command: string): Promise<number> => sandbox.exit(command.split(' ').slice(1))
    const [take, merge, commit, resolve, back] = conflictCommands(sampleConflict('ws-09'), 'main')
    expect(await type(take!)).toBe(0)
    expect(await type(merge!)).toBe(1)
    await sandbox.write('a.txt', 'landed and work\n')
    expect(await type(commit!)).toBe(0)
    expect(resolve).toBe('sluice resolve ws-09 --ref HEAD')
    expect(await sandbox.git(['log', '-1', '--format=%P'])).toBe(`${work} ${landed}`)
    expect(await type(back!)).toBe(0)
    expect(await sandbox.git(['rev-parse', 'main'])).toBe(landed)
    expect(await sandbox.read('a.txt')).toBe('landed\n')
  })
})
