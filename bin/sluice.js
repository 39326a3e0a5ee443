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
const entry = existsSync(source) ? source : join(root, 'dist', 'main.js')

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import(pathToFileURL(entry).href)
} else {
  const node = join(root, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(node)) {
    // The terminal sends Ctrl-C to both; what is sent to this process alone is passed on.
    const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    process.on('SIGINT', () => {})
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
  } else {
    console.error(
      `sluice needs Node ${NEEDED} or newer; this is ${process.version}. Get it with: npm install -g node@${NEEDED}`,
    )
    process.exitCode = 2
  }
}
