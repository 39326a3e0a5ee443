/** The history replay on a small history in which every kind of merge occurs. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Scratch, scratch } from '../kit/repository.ts'
import { snapshot } from '../kit/snapshot.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/replay-history.ts')
const run = promisify(execFile)

/** A branch from `from` that writes files, as a commit; the checkout is on `main` afterwards. */
async function branch(at: Scratch, name: string, from: string, files: Record<string, string>): Promise<void> {
  await at.git(['switch', '-q', '-c', name, from])
  for (const [path, text] of Object.entries(files)) await at.write(path, text)
  await at.commit(name)
  await at.git(['switch', '-q', 'main'])
}

/** Gives the merge commits by name, oldest first. */
async function history(at: Scratch): Promise<Record<string, string>> {
  const start = await at.git(['rev-parse', 'HEAD'])
  const merges: Record<string, string> = {}
  const merged = async (name: string): Promise<void> => {
    merges[name] = await at.git(['rev-parse', 'HEAD'])
  }
  await branch(at, 'forward', start, { 'forward.txt': 'forward\n' })
  await at.git(['merge', '-q', '--no-ff', '-m', 'Merge forward', 'forward'])
  await merged('forward')
  await branch(at, 'clean', start, { 'clean.txt': 'clean\n' })
  await at.git(['merge', '-q', '-m', 'Merge clean', 'clean'])
  await merged('clean')
  await branch(at, 'evil', start, { 'evil.txt': 'evil\n' })
  await at.git(['merge', '-q', '--no-commit', 'evil'])
  await at.write('README.md', 'edited while merging\n')
  await at.commit('Merge evil\u001b[2J')
  await merged('evil')
  await branch(at, 'clash', start, { 'README.md': 'another\n' })
  expect(await at.exit(['merge', '-q', 'clash'])).toBe(1)
  await at.write('README.md', 'both\n')
  await at.commit('Merge clash')
  await merged('clash')
  for (const name of ['one', 'two']) await branch(at, name, start, { [`${name}.txt`]: `${name}\n` })
  await at.git(['merge', '-q', '-m', 'Merge one and two', 'one', 'two'])
  const alone = await at.git(['commit-tree', '-m', 'alone', 'HEAD^{tree}'])
  await at.git(['merge', '-q', '--allow-unrelated-histories', '-m', 'Merge a stranger', alone])
  return merges
}

describe('npm run replay', () => {
  it('lands the merges of a history again, compares the trees, and leaves the repository alone', async () => {
    await using at = await scratch()
    const { forward, clean, evil, clash } = await history(at)
    const before = snapshot(at.root)
    const tmp = join(at.dir, 'tmp')
    await at.write(join(tmp, 'keep'), '')
    const args = [SCRIPT, '--repo', at.root, '--merges', '10']
    const { stdout, stderr } = await run(process.execPath, [...args, '--json'], { env: { ...at.env, TMPDIR: tmp } })
    const { schema, merges, skipped, totals } = JSON.parse(stdout)
    expect(schema).toBe('sluice.replay/1')
    expect(merges).toMatchObject([
      { commit: clash, outcome: 'conflict', same: null, paths: ['README.md'] },
      { commit: evil, outcome: 'landed', same: false },
      { commit: clean, outcome: 'landed', same: true },
      { commit: forward, outcome: 'landed', same: true },
    ])
    expect(skipped).toEqual({ octopus: 1, unrelated: 1 })
    expect(totals).toEqual({
      replayed: 4,
      landed: 3,
      conflicts: 1,
      refused: 0,
      same: 2,
      different: 1,
      rates: { landed: 3 / 4, conflicts: 1 / 4, same: 2 / 3 },
    })
    expect(stderr).toMatch(/^1\/4 \w{9} {2}conflict .*README\.md$/m)
    expect(stderr).not.toContain('\u001b')
    expect(snapshot(at.root)).toEqual(before)
    expect(readdirSync(tmp).filter((name) => name.startsWith('sluice'))).toEqual([])
  })

  it('prints a table with totals, for as many merges as are wanted', async () => {
    await using at = await scratch()
    const { clash } = await history(at)
    const args = [SCRIPT, '--repo', at.root, '--merges', '1']
    const { stdout } = await run(process.execPath, args, { env: at.env })
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(`^${clash!.slice(0, 9)} {2}conflict {2}- .* Merge clash: README.md$`),
    )
    expect(stdout).toContain('1 merge replayed: 0 landed (0.0 %), 1 conflict (100.0 %), 0 refused\n')
    expect(stdout).toContain('skipped: 1 of more than two parents, 1 without a common history\n')
  })

  it('says so where there is no merge', async () => {
    await using at = await scratch()
    const { stdout } = await run(process.execPath, [SCRIPT, '--repo', at.root], { env: at.env })
    expect(stdout).toMatch(/^no merge to replay is reachable from HEAD/)
  })

  it.each([[[]], [['--repo', '.', '--merges', '0']], [['--repo', '.', '--what']]])(
    'says how it is used: %j',
    async (args) => {
      await expect(run(process.execPath, [SCRIPT, ...args])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('usage: npm run replay'),
      })
    },
  )
})
