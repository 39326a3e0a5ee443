/**
 * HTML that cannot be broken by what is put into it: every value of the template is text and is escaped, unless the template
 * itself has made it. So there is no place where somebody could forget to.
 */
import { neutralise } from './neutralise.ts'

export class Html {
  readonly source: string

  /** Only `html` makes one from a template; anything else has to say why its source is safe. */
  constructor(source: string) {
    this.source = source
  }
}

/** null: nothing. A list: one behind the other. */
export type Part = string | number | Html | null | readonly Part[]

/** Values stand between tags or within double quotes, never as a name of a tag or an attribute. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((string, index) => string + sourceOf(parts[index] ?? null)).join(''))
}

/** For `<pre>`: a line break between each two, which no formatter of templates can take for a blank. */
export function lines(parts: readonly Part[]): Html {
  return new Html(parts.map(sourceOf).join('\n'))
}

function sourceOf(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.source
  if (typeof part === 'object') return part.map(sourceOf).join('')
  return neutralise(String(part)).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
