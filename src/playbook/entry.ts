/**
 * The shape of a playbook entry. One module per code, so that whoever adds a code adds what to do about it, and the
 * reference in `docs/playbooks/` is the same text that `sluice explain CODE` prints.
 */
import type { Code } from '../model/failure.ts'

export interface Entry {
  code: Code
  /** Where somebody meets it first, in a few words each: the lines of the table of symptoms. */
  seen: readonly string[]
  /** What somebody sees. */
  symptom: string
  /** How Sluice finds it, and from what. */
  detect: string
  /** What is behind it, and how to tell the cases apart. */
  diagnosis: string
  /** What Sluice has done by itself before it told you. */
  automatic: string
  /** What to type, in the order of likelihood; ID and REF stand for yours. A comment may follow a `#`. */
  manual: readonly string[]
}
