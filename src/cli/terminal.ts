/** Where output goes: data on stdout, everything else on stderr, and whether a person sits there who may be asked. */
import { styleOf, type Style } from '../observe/style.ts'

export const terminal = {
  out(text: string): void {
    process.stdout.write(text)
  },
  err(text: string): void {
    process.stderr.write(text)
  },
  outStyle(): Style {
    return styleOf(process.env, process.stdout.isTTY)
  },
  errStyle(): Style {
    return styleOf(process.env, process.stderr.isTTY)
  },
  /** `--no-input` never asks, whatever the terminal is. */
  isInteractive(options: { input: boolean }): boolean {
    return options.input && process.stdin.isTTY && process.stderr.isTTY
  },
}

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean
  input: boolean
}

export function printJson(document: object): void {
  terminal.out(`${JSON.stringify(document, null, 2)}\n`)
}

export function printLines(lines: readonly string[]): void {
  terminal.out(lines.map((line) => `${line}\n`).join(''))
}
