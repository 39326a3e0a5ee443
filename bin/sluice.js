#!/usr/bin/env node
// Starts Sluice under the Node it needs. Written in old syntax on purpose: whatever Node a person has must be able to
// read this far. From a clone it runs the sources, from a package the bundle.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'src', 'cli', 'main.ts')
const isClone = existsSync(source)
const node = join(root, 'node_modules', 'node', 'bin', 'node')

if (isClone && !existsSync(join(root, 'node_modules'))) {
  console.error(`sluice runs from its sources here, and what they need is not installed: npm ci --prefix ${root}`)
  process.exitCode = 2
} else if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  if (process.send !== undefined) takePassedInterrupts()
  await import(pathToFileURL(isClone ? source : join(root, 'dist', 'main.js')).href)
} else if (existsSync(node)) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  // Ctrl-C on a terminal reaches both, `kill` only this process, and nothing tells the two apart here. So it is
  // passed on as a message, and the other side counts the larger of the two (`src/cli/interrupts.ts`).
  process.on('SIGINT', () => child.connected && child.send('SIGINT', () => undefined))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
} else {
  console.error(
    `sluice needs Node ${NEEDED} or newer; this is ${process.version}. Get it with: npm install -g node@${NEEDED}`,
  )
  process.exitCode = 2
}

// A command that listens for interrupts is told that this one was passed on; any other ends of it, as it would by itself.
function takePassedInterrupts() {
  process.on('message', (message) => {
    if (message !== 'SIGINT') return
    if (!process.emit('SIGINT', 'passed on')) process.kill(process.pid, 'SIGINT')
  })
  process.channel.unref()
}
