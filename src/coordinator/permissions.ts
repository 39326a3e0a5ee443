/**
 * A person's answer to a tool at work that asks for permission. It is on record first, then the tool finds it in its folder:
 * an answer that was cut off in between is given again with its request, and is the same one. Nobody has to be at work for
 * that, since a tool outlives the run that began it.
 */
import { type Attempt, openQuestion, type PermissionAnswer, questionKey } from '../model/attempt.ts'
import type { Review } from '../model/run.ts'
import { oneLine } from '../observe/neutralise.ts'
import { replaceFile } from '../process/files.ts'
import { answerFile, type WrittenAnswer } from '../tools/acp/order.ts'
import { type Answer, done, refused } from './answer.ts'
import type { Ledger } from './ledger.ts'

const WHAT_MAX = 80

/** Answers the question that was looked at. `dir`: the attempt's folder. */
export async function answerQuestion(
  ledger: Ledger,
  dir: (attempt: Attempt) => string,
  id: string,
  { questions = {}, by, comment }: Review,
  allow: boolean,
): Promise<Answer> {
  const state = ledger.state(id)
  if (state.state !== 'running') return refused(`${id} is ${state.state}: its tool asks nothing`)
  const attempt = ledger.attempt(id, state.attempt)
  const { answers = [] } = attempt
  const before = answers.find(({ question }) => questions[id] === questionKey(attempt, { id: question }))
  if (before !== undefined) {
    if (before.allow !== allow) return refused(`${id}: ${before.by} has answered already`)
    await give(dir(attempt), before)
    return told(id, before)
  }
  const question = openQuestion(attempt)
  if (question === null) return refused(`${id} is running, and asks nothing now`)
  if (questions[id] !== questionKey(attempt, question))
    return refused(`${id} asks something else by now: look again with \`sluice approve ${id} --show\``)
  const answer: PermissionAnswer = {
    question: question.id,
    what: question.what,
    allow,
    by,
    at: ledger.now(),
    comment,
  }
  await ledger.record({ attempts: [{ ...attempt, answers: [...answers, answer] }], events: [] })
  await give(dir(attempt), answer)
  return told(id, answer)
}

async function give(dir: string, { question, allow, by, comment }: PermissionAnswer): Promise<void> {
  const written: WrittenAnswer = { allow, by, comment }
  await replaceFile(answerFile(dir, question), `${JSON.stringify(written)}\n`)
}

function told(id: string, { what, allow }: PermissionAnswer): Answer {
  return done(`${id}: its tool is ${allow ? 'allowed' : 'not allowed'} to: ${oneLine(what, WHAT_MAX)}`)
}
