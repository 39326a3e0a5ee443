/** `sluice tools test NAME`: does it work, here and now, with this key and this model? */
import { END } from '../../attempt/watch.ts'
import { tryTool } from '../../attempt/trial.ts'
import type { Config } from '../../model/config.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { didYouMean } from '../../model/id.ts'
import { document } from '../../observe/documents.ts'
import { neutralise, oneLine } from '../../observe/neutralise.ts'
import { spendingText } from '../../observe/spending-text.ts'
import { durationText } from '../../observe/units.ts'
import { spendingOf } from '../../schedule/budget.ts'
import { isUsable, toolsOf } from '../../tools/registry.ts'
import { listenInterrupts } from '../interrupts.ts'
import { redactorOf } from '../../process/secrets.ts'
import { openSession } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

const MESSAGE_MAX = 300

/** A trial is not a run: nobody could answer, and all that is there was made for it. */
function askingNobody(config: Config, name: string): Config {
  const { order, settings } = config.tools
  const own = settings[name]
  if (own === undefined) return config
  return { ...config, tools: { order, settings: { ...settings, [name]: { ...own, permissions: 'allow' } } } }
}

/** Exit 0 when it works, 1 when it does not, 5 when it cannot be tried, 2 when there is no such tool. */
export async function toolsTest(name: string, options: CommonOptions): Promise<number> {
  const { repo, config: written } = await openSession(process.cwd())
  const config = askingNobody(written, name)
  const tools = toolsOf(config)
  const tool = tools.get(name)
  if (tool === undefined) {
    const meant = didYouMean(name, [...tools.keys()])
    const fix = meant === null ? '`sluice tools` lists them' : `did you mean \`${meant}\`?`
    throw new SluiceError({ code: 'E103', message: `there is no tool ${name}`, fix }, EXIT.usage)
  }
  const detection = await tool.detect({ root: repo.root, environment: process.env, versions: true })
  if (tool.kind === 'human') {
    throw new SluiceError({ code: 'E103', message: `${name} is you: try yourself` }, EXIT.usage)
  }
  if (!isUsable(detection)) {
    throw new SluiceError({ code: 'E106', message: `${name} cannot be tried: ${detection.reason}` }, EXIT.noGo)
  }
  const stop = new AbortController()
  using _interrupts = listenInterrupts(() => stop.abort(END))
  const { works, outcome, ms, usage, lines } = await tryTool(tool, config, repo.root, stop.signal)
  const redactor = redactorOf(config)
  const said = lines.map((line) => redactor.line(neutralise(line)))
  const message = redactor.line(oneLine(outcome.message, MESSAGE_MAX))
  const { version } = detection
  if (options.json) {
    const { kind, code } = outcome
    printJson(document('tool-test', { tool: name, version, works, outcome: { kind, code, message }, ms, usage, said }))
  } else {
    const spent = usage === null ? '' : `, ${spendingText(spendingOf([{ usage }]))}`
    const verdict = works ? 'works' : `does not work: ${outcome.code ?? ''} ${message}`
    printLines([
      `${name}${version === null ? '' : ` ${version}`} ${verdict} (${durationText(ms)}${spent})`,
      ...said.map((line) => `  ${line}`),
      ...(works || outcome.code === null ? [] : [`  next    sluice explain ${outcome.code}`]),
    ])
  }
  if (outcome.kind === 'cancelled') return EXIT.interrupted
  return works ? EXIT.ok : EXIT.failed
}
