/**
 * The server by itself, to try an agent by hand: `node test/kit/model-server/main.ts SCRIPTS.json [LOG.ndjson]`.
 * SCRIPTS.json holds scripts by name; each name's base URL is printed, then it serves until it is ended.
 */
import { readFileSync } from 'node:fs'
import type { Script } from './script.ts'
import { startModelServer } from './server.ts'

const [scriptsFile, logFile] = process.argv.slice(2)
if (scriptsFile === undefined) throw new Error('which scripts? main.ts SCRIPTS.json [LOG.ndjson]')
const server = await startModelServer(logFile === undefined ? {} : { logFile })
for (const [name, script] of Object.entries(JSON.parse(readFileSync(scriptsFile, 'utf8')) as Record<string, Script>)) {
  process.stdout.write(`${name} ${server.script(name, script)}\n`)
}
