/** The one place where a failure is told: one line with its code, then what to do; with `--json` a document. */
import type { Diagnostic } from '../model/diagnostic.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { errorDocument } from '../observe/documents.ts'
import { failureText } from '../observe/failure-text.ts'
import { renderDiagnostics } from '../plan/render.ts'
import { systemFailure } from '../playbook/system-error.ts'
import { RoomGivenUp } from '../process/room.ts'
import { terminal } from './terminal.ts'

/** Prints what was thrown and gives the exit code. A bug keeps its stack: it is for us, not for the user to mend. */
export function reportError(thrown: unknown, { json }: { json: boolean }): number {
  const known = thrown instanceof SluiceError ? null : systemFailure(thrown)
  const error =
    known === null ? thrown : new SluiceError(known, thrown instanceof RoomGivenUp ? EXIT.interrupted : EXIT.failed)
  if (!(error instanceof SluiceError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    terminal.err(`sluice stopped on a bug; the state is kept, and \`sluice run\` goes on from it.\n${stack}\n`)
    return EXIT.failed
  }
  const { failure, exit } = error
  if (json) {
    terminal.err(`${JSON.stringify(errorDocument(failure))}\n`)
    return exit
  }
  const diagnostics = failure.details?.['diagnostics']
  if (Array.isArray(diagnostics)) terminal.err(renderDiagnostics(diagnostics as Diagnostic[]))
  terminal.err(
    failureText(failure, terminal.errStyle())
      .map((line) => `${line}\n`)
      .join(''),
  )
  return exit
}
