/**
 * The process of a demo tool: performs the steps in the file that it is given, in the current directory, and ends.
 * It is an entry of its own and knows nothing of Sluice: it is started like any agent, and judged like one.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { untilExists } from '../../process/appear.ts'
import { writeFileAtomic } from '../../process/files.ts'
import type { Step } from './script.ts'

/** Long enough to be a hang for every limit that is tested, and yet not for ever. */
const HANG_MS = 60 * 60_000

const steps: Step[] = JSON.parse(readFileSync(process.argv[2]!, 'utf8'))
for (const step of steps) await perform(step)

async function perform(step: Step): Promise<void> {
  switch (step.do) {
    case 'write':
      mkdirSync(dirname(step.path), { recursive: true })
      writeFileSync(step.path, step.text)
      return edited(step.path)
    case 'append':
      mkdirSync(dirname(step.path), { recursive: true })
      appendFileSync(step.path, step.text)
      return edited(step.path)
    case 'replace': {
      const text = readFileSync(step.path, 'utf8')
      if (!text.includes(step.from)) give(`error: ${step.path} does not hold ${JSON.stringify(step.from)}`)
      writeFileSync(
        step.path,
        text.replaceAll(step.from, () => step.to),
      )
      return edited(step.path)
    }
    case 'delete':
      rmSync(step.path, { recursive: true })
      return edited(step.path)
    case 'use':
      console.log(`use ${step.tokensIn} ${step.tokensOut} ${step.usd}`)
      return
    case 'say':
      return console.log(step.text)
    case 'commit':
      start('git', ['add', '--all'])
      start('git', ['commit', '--quiet', '--message', step.text])
      return console.log(`commit ${step.text}`)
    case 'run':
      return start('/bin/sh', ['-c', step.text])
    case 'sleep':
      return delay(step.ms)
    case 'wait':
      if (!(await untilExists(step.file, step))) give(`error: ${step.file} did not appear`)
      return
    case 'signal':
      return writeFileAtomic(step.file, '')
    case 'crash':
      process.kill(process.pid, step.signal)
      return hang()
    case 'exit':
      process.exit(step.code)
    case 'hang':
      if (step.how === 'busy') for (const end = performance.now() + HANG_MS; performance.now() < end;);
      return hang()
    case 'ask':
      process.stdout.write(step.text)
      return hang()
  }
}

function hang(): Promise<void> {
  return delay(HANG_MS)
}

function edited(path: string): void {
  console.log(`edit ${path}`)
}

function start(program: string, argv: string[]): void {
  const { status, signal, error } = spawnSync(program, argv, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined) give(`error: ${error.message}`)
  if (status !== 0) give(`error: ${program} ended with ${signal ?? status}`)
}

/** Ends like a tool that gives up. */
function give(reason: string): never {
  console.error(reason)
  process.exit(1)
}
