/** What becomes of a person's request. */

/** `later`: something has to come to its end first; the request stays open. */
export type Answer = { kind: 'done'; answer: string } | { kind: 'refused'; answer: string } | { kind: 'later' }

export const done = (answer: string): Answer => ({ kind: 'done', answer })
export const refused = (answer: string): Answer => ({ kind: 'refused', answer })
