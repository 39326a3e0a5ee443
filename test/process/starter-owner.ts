/** Opens a starter, prints its process number, and waits to be killed. */
import { openStarter, runCommand } from '../../src/process/starter.ts'

openStarter()
const command = {
  program: '/bin/sh',
  args: ['-c', 'echo $PPID'],
  cwd: '/',
  env: {},
  input: null,
  outputBytesMax: 100,
  timeoutMs: 10_000,
}
for (;;) {
  const pid = Number(Buffer.from((await runCommand(command)).stdout).toString())
  if (pid === process.pid) continue
  process.stdout.write(`${pid}\n`)
  break
}
setInterval(() => undefined, 60_000)
