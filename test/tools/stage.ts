/** What a test of tools needs: a repository root, a worktree with git, an attempt's folder, and settings to vary. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config, ToolSettings } from '../../src/model/config.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import { launch } from '../../src/process/launch.ts'
import type { Running } from '../../src/process/launch.ts'
import type { AttemptContext, ProcessTool } from '../../src/tools/tool.ts'
import { NO_SETTINGS } from '../../src/tools/registry.ts'
import { workstream } from '../kit/workstream.ts'
import { PATH, scene } from '../process/scene.ts'
import type { Scene } from '../process/scene.ts'

export function settings(more: Partial<ToolSettings> = {}): ToolSettings {
  return { ...NO_SETTINGS, ...more }
}

/** The workstream of the tests of tools. */
export function sampleTask(more: Partial<Workstream> = {}): Workstream {
  return workstream('ws-01', { title: 'Split the module', file: 'workstreams/ws-01.json', ...more })
}

/** The part of a configuration that tools look at. */
export function configOf(order: string[], all: Record<string, ToolSettings>): Config {
  return {
    target: 'main',
    workstreams: [],
    agents: 1,
    tools: { order, settings: all },
    limits: {
      timeoutMinutes: 30,
      idleMinutes: 10,
      attempts: 3,
      memoryLimitMb: null,
      budgetUsd: null,
      workstreamBudgetUsd: null,
      fileMb: 100,
    },
    watch: {
      cpu: { warn: { value: 80, forMs: 0 }, critical: { value: 100, forMs: 0 } },
      memory: { warn: { value: 70, forMs: 0 }, critical: { value: 90, forMs: 0 } },
      diskIo: { warn: { value: 100, forMs: 0 } },
      fileChanges: { warn: { value: 2, forMs: 0 }, critical: { value: 0, forMs: 0 } },
      errors: true,
    },
    workspace: { setup: null, inputs: [], copy: [], keep: [] },
    paths: { work: null, logs: '.sluice/logs' },
    gate: [],
    landing: {
      resolve: [],
      regenerate: [],
      drivers: {},
      window: 1,
      mode: 'single',
      speculate: true,
      approve: [],
      push: null,
      lineEndings: 'reject',
    },
    after: [],
    acceptance: 'run',
    scope: 'park',
    sandbox: 'off',
    notify: { when: [], command: null },
  }
}

export interface Stage extends Scene {
  context(more?: Partial<AttemptContext>): AttemptContext
  /** Prepares and launches as an attempt does. */
  start(tool: ProcessTool, more?: Partial<AttemptContext>): Promise<Running>
  git(...argv: string[]): string
}

/** `root` and `worktree` are folders of the scene; the worktree is a repository with one commit. */
export async function stage(): Promise<Stage> {
  const s = await scene()
  for (const name of ['root', 'worktree', 'home', 'tmp', 'state']) mkdirSync(s.at(name))
  writeFileSync(s.at('gitconfig'), '')
  const isolated = { PATH, HOME: s.at('home'), GIT_CONFIG_GLOBAL: s.at('gitconfig'), GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...argv: string[]): string =>
    execFileSync('git', argv, { cwd: s.at('worktree'), env: isolated, encoding: 'utf8' })
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Test')
  git('config', 'user.email', 'test@example.invalid')
  git('commit', '--quiet', '--allow-empty', '--message=base')
  writeFileSync(s.at('brief.md'), 'the brief')
  const context = (more: Partial<AttemptContext> = {}): AttemptContext => ({
    run: 'r1',
    workstream: sampleTask(),
    attempt: 1,
    root: s.at('root'),
    worktree: s.at('worktree'),
    dir: s.at(`attempt-${more.attempt ?? 1}`),
    home: s.at('home'),
    tmp: s.at('tmp'),
    state: s.at('state'),
    session: null,
    promptFile: s.at('brief.md'),
    prompt: 'the brief',
    environment: { PATH, SECRET: 'hidden', SLUICE_NONCE: 'outer' },
    ...more,
  })
  return {
    ...s,
    context,
    async start(tool, more) {
      const { dir, worktree } = context(more)
      mkdirSync(dir, { recursive: true })
      const { argv, env, stdinFile, files, folders = [] } = await tool.prepare(context(more))
      for (const folder of folders) mkdirSync(folder, { recursive: true })
      for (const { path, text } of files) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
      }
      const isolatedGit = { GIT_CONFIG_GLOBAL: s.at('gitconfig'), GIT_CONFIG_NOSYSTEM: '1' }
      const full = { ...env, ...isolatedGit }
      const unbound = { enclosure: null, memoryBytesMax: null }
      return launch({ dir, argv, cwd: worktree, env: full, nonce: s.nonce, stdinFile, ...unbound })
    },
    git,
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  }
}

export function writeProgram(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o755 })
  return path
}
