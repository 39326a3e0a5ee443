import { readFileSync, readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { untilExists } from '../../src/process/appear.ts'
import { integerOf, makeFolder, readJsonFile, removeHalfWritten, writeFileAtomic } from '../../src/process/files.ts'
import { cores, freeDiskBytes, memoryBytes, openFilesMax } from '../../src/process/machine.ts'
import { findProgram, requireProgram } from '../../src/process/program.ts'
import { PATH, PATIENCE_MS, scene } from './scene.ts'

describe('writeFileAtomic', () => {
  it('replaces the text and leaves nothing beside it', async () => {
    await using s = await scene()
    await writeFileAtomic(s.at('f'), 'one')
    await Promise.all([writeFileAtomic(s.at('f'), 'two'), writeFileAtomic(s.at('g'), 'three')])
    expect(readFileSync(s.at('f'), 'utf8')).toBe('two')
    expect(readdirSync(s.dir).toSorted()).toEqual(['f', 'g'])
  })

  it('keeps what is there when it fails, and leaves nothing beside it', async () => {
    await using s = await scene()
    await mkdir(s.at('taken'))
    await expect(writeFileAtomic(s.at('taken'), 'text')).rejects.toThrow('EISDIR')
    expect(readdirSync(s.dir)).toEqual(['taken'])
  })
})

describe('makeFolder', () => {
  it('makes what is missing on the way, and leaves what is there', async () => {
    await using s = await scene()
    makeFolder(s.at('a/b/c'))
    await writeFile(s.at('a/b/c/f'), 'text')
    makeFolder(s.at('a/b/c'))
    expect(readdirSync(s.at('a/b/c'))).toEqual(['f'])
    expect(() => makeFolder(s.at('a/b/c/f/d'))).toThrow('EEXIST')
  })

  it('comes to an end where no folder can be made', () => {
    expect(() => makeFolder('/proc/sluice/below')).toThrow(/ENOENT|EACCES|EROFS/)
  })
})

describe('removeHalfWritten', () => {
  it('removes what a killed process was writing, and nothing else', async () => {
    await using s = await scene()
    const theirs = ['exit.new', '.f.new', 'f.1.2.new', '.f.1.2.new.txt']
    for (const name of [...theirs, '.f.123.0.new', '.brief.md.4.56.new']) await writeFile(s.at(name), '')
    await removeHalfWritten(s.dir)
    expect(readdirSync(s.dir).toSorted()).toEqual(theirs.toSorted())
    await removeHalfWritten(s.at('no-folder'))
  })
})

describe('readJsonFile', () => {
  it('gives null for what is missing, torn or not as expected, and the value otherwise', async () => {
    await using s = await scene()
    expect(await readJsonFile(s.at('none'), integerOf)).toBeNull()
    await writeFile(s.at('f'), '')
    expect(await readJsonFile(s.at('f'), integerOf)).toBeNull()
    await writeFile(s.at('f'), '"text"')
    expect(await readJsonFile(s.at('f'), integerOf)).toBeNull()
    await writeFile(s.at('f'), '3')
    expect(await readJsonFile(s.at('f'), integerOf)).toBe(3)
    await expect(readJsonFile(s.dir, integerOf)).rejects.toThrow('EISDIR')
  })
})

describe('untilExists', () => {
  it('sees a file that is there, one that comes, and one that does not', async () => {
    await using s = await scene()
    const waiting = untilExists(s.at('f'), { timeoutMs: PATIENCE_MS })
    await writeFileAtomic(s.at('f'), '')
    expect(await waiting).toBe(true)
    expect(await untilExists(s.at('f'), { timeoutMs: PATIENCE_MS })).toBe(true)
    expect(await untilExists(s.at('g'), { timeoutMs: 1 })).toBe(false)
  })

  it('stops with its signal, and copes with a folder that cannot be watched', async () => {
    await using s = await scene()
    const controller = new AbortController()
    const waiting = untilExists(s.at('nowhere/g'), { timeoutMs: PATIENCE_MS, signal: controller.signal })
    controller.abort()
    expect(await waiting).toBe(false)
    expect(await untilExists(s.at('g'), { timeoutMs: PATIENCE_MS, signal: AbortSignal.abort() })).toBe(false)
  })
})

describe('findProgram', () => {
  it('finds as execvp does', async () => {
    await using s = await scene()
    await writeFile(s.at('tool.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await writeFile(s.at('text'), '')
    await mkdir(s.at('folder'))
    expect(findProgram('./tool.sh', PATH, s.dir)).toBe(s.at('tool.sh'))
    expect(findProgram(s.at('tool.sh'), PATH, '/')).toBe(s.at('tool.sh'))
    expect(findProgram('tool.sh', `${PATH}:${s.dir}`, '/')).toBe(s.at('tool.sh'))
    for (const name of ['tool.sh', './text', './folder', '']) expect(findProgram(name, PATH, s.dir)).toBeNull()
  })

  it('requires with what to install', () => {
    expect(requireProgram('sh', 'dash')).toMatch(/^\//)
    expect(() => requireProgram('no-such-program', 'a-package')).toThrow('no-such-program is not on this machine')
  })
})

describe('the machine', () => {
  it('has disk, memory, cores and files', async () => {
    expect(await freeDiskBytes('/')).toBeGreaterThan(0)
    const { total, available } = memoryBytes()
    expect(available).toBeGreaterThan(0)
    expect(total).toBeGreaterThanOrEqual(available)
    expect(cores()).toBeGreaterThanOrEqual(1)
    expect(openFilesMax()).toBeGreaterThan(0)
  })
})
