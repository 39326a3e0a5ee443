/**
 * What the place where text goes can show. Asked once, at the edge of a command, and then passed along: no renderer
 * looks at the environment.
 */

export interface Style {
  colour: boolean
  /** Signs beyond ASCII; without them words and hyphens stand in. */
  unicode: boolean
  /** Annotations and foldable groups of GitHub Actions. */
  github: boolean
}

/** For logs, files and tests: nothing but ASCII. */
export const PLAIN: Style = { colour: false, unicode: false, github: false }

/** Reads `NO_COLOR`, `TERM`, the locale and `GITHUB_ACTIONS`; colour needs a terminal. */
export function styleOf(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Style {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return {
    colour: isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    unicode: /utf-?8/i.test(locale),
    github: env['GITHUB_ACTIONS'] === 'true',
  }
}

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const

export type Colour = keyof typeof COLOURS

/** `text` in a colour where the style has one. */
export function paint(style: Style, colour: Colour, text: string): string {
  return style.colour && text !== '' ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text
}

const SIGNS = {
  flag: ['⚑', '!'],
  arrow: ['→', '->'],
  dot: ['·', '-'],
} as const

/** A sign, or what stands for it in ASCII. */
export function sign(style: Style, name: keyof typeof SIGNS): string {
  return SIGNS[name][style.unicode ? 0 : 1]
}
