/**
 * What may stand in `sluice.yaml`, as a zod schema: it checks the file, and `json-schema.ts` makes the schema for
 * editors from it, so the two cannot differ. It describes the file as written; defaults are filled in by
 * `config-defaults.ts`. Imported lazily: zod costs 60 ms that a command without a configuration does not spend.
 *
 * Each `error` says what is expected, to be read after "is 3, not ...".
 */
import { z } from 'zod'
import { RUNGS } from '../model/rung.ts'
import { patternProblem } from './pattern.ts'

const expected = (error: string) => ({ error })

const text = z.string(expected('a text')).min(1, expected('a text that is not empty'))
const texts = z.array(text, expected('a list of texts'))
const textOrTexts = z.union([text, texts], expected('a text or a list of texts'))
const minutes = z.number(expected('a number of minutes')).positive(expected('more than 0 minutes'))
const count = z.int(expected('a whole number')).min(1, expected('a whole number of at least 1'))

const dollars = z.number(expected('an amount')).positive(expected('more than 0'))
const perMillion = z.number(expected('an amount')).min(0, expected('an amount of at least 0'))

/** "5m", "30s", "1h". */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

const threshold = z
  .tuple(
    [
      z.number(expected('a number')).min(0, expected('a number of at least 0')),
      z.string(expected('a time like 5m')).regex(DURATION, expected('a time like 30s, 5m or 1h')),
    ],
    expected('[value, time], like [80, 5m]'),
  )
  .describe('Value, and how long it has to last')

const thresholds = (what: string) =>
  z.strictObject({ warn: threshold, critical: threshold }, expected('{ warn, critical }')).partial().describe(what)

const check = z.strictObject(
  {
    name: text.describe('What reports call it; by default the command').optional(),
    run: text.describe('Run by /bin/sh -c at the root of a clean checkout'),
    timeout_minutes: minutes.optional(),
    paths: texts.describe('Run it only when one of these changes').optional(),
  },
  expected('{ name, run }'),
)

const checks = z.union(
  [
    text,
    z.array(
      z.union([text, check], expected('a command, or { name, run, timeout_minutes, paths }')),
      expected('a list of commands'),
    ),
  ],
  expected('a command or a list of commands'),
)

const tool = z
  .strictObject(
    {
      command: z
        .array(text, expected('a list: program and arguments'))
        .min(1, expected('at least a program'))
        .describe('argv; may hold {prompt_file} {workstream} {worktree} {attempt} {files}'),
      script: text.describe('Script of the demo tool'),
      model: text.describe('As the tool itself calls it'),
      base_url: text
        .regex(/^https?:\/\//, expected('an address like https://models.example.com/v1'))
        .describe('Where the model is, as the variable of its vendor would name it'),
      key_env: text
        .regex(/^[A-Za-z_]\w*$/, expected('the name of a variable, like OPENAI_API_KEY'))
        .describe('Name of the variable that holds the key for the model'),
      price: z
        .tuple([perMillion, perMillion], expected('[input, output], like [3, 15]'))
        .describe('Dollars for a million tokens that go in, and that come out'),
      args: texts.describe('Further arguments'),
      env: z.record(z.string(), z.string(expected('a text; put quotes around it')), expected('names and texts')),
      pass_env: texts.describe('Variables that are passed on'),
      success_exit_codes: z.array(
        z.int(expected('a whole number')).min(0).max(255),
        expected('a list of exit codes, like [0]'),
      ),
      timeout_minutes: minutes,
      idle_minutes: minutes,
      prompt: z.enum(['file', 'stdin', 'arg'], expected('file, stdin or arg')),
      transport: z
        .enum(['raw', 'acp'], expected('raw or acp'))
        .describe('raw: by its own command line; acp: by the Agent Client Protocol'),
      permissions: z
        .enum(['allow', 'ask'], expected('allow or ask'))
        .describe('With ACP: what it asks to be allowed is allowed, or a person is asked'),
    },
    expected('settings, like { model: gpt-5 }'),
  )
  .partial()

const tools = z
  .object(
    {
      order: z
        .array(text, expected('a list of tools'))
        .min(1, expected('at least one tool'))
        .describe('First choice first; also the allow-list'),
    },
    expected('{ order, NAME: {...} }'),
  )
  .partial()
  .catchall(tool)

const limits = z
  .strictObject(
    {
      timeout_minutes: minutes.describe('Of one attempt'),
      idle_minutes: minutes.describe('Without output, CPU and file changes'),
      attempts: count.describe('Tries that were spent, per workstream and over all tools'),
      memory_limit_mb: z.number(expected('a number of MB')).positive(expected('more than 0')),
      budget_usd: dollars.describe('Of the run; when it is used up, no agent begins any more'),
      workstream_budget_usd: dollars.describe('Of each workstream'),
      file_mb: z
        .number(expected('a number of MB'))
        .positive(expected('more than 0'))
        .describe('A larger file does not land'),
    },
    expected('an object of limits'),
  )
  .partial()

const watch = z
  .strictObject(
    {
      cpu: thresholds('Percent of one core'),
      memory: thresholds('Percent of the system'),
      disk_io: z.strictObject({ warn: threshold }, expected('{ warn }')).partial().describe('MB/s, read and written'),
      file_changes: thresholds('Distinct paths a minute; below is worse'),
      errors: z.boolean(expected('true or false')).describe('Report new error lines in the logs of tools'),
    },
    expected('an object of thresholds'),
  )
  .partial()

const workspace = z
  .strictObject(
    {
      setup: text.describe('Run in a new workspace, and again when its inputs changed'),
      inputs: textOrTexts,
      copy: textOrTexts,
      keep: textOrTexts,
    },
    expected('{ setup, inputs, copy, keep }'),
  )
  .partial()

const pattern = text.refine((entry) => patternProblem(entry) === null, expected('a path or glob inside the repository'))

const regeneration = z.strictObject(
  {
    paths: z.union(
      [pattern, z.array(pattern, expected('a list of paths or globs')).min(1, expected('at least one path'))],
      expected('a path or glob, or a list of them'),
    ),
    run: text.describe('Run by /bin/sh -c at the root of the merged tree; may change these paths only'),
  },
  expected('{ paths, run }'),
)

const landing = z
  .strictObject(
    {
      resolve: z
        .array(
          z.enum(RUNGS, expected('reorder, regenerate, drivers, rerere, tool, another-tool or human')),
          expected('a list'),
        )
        .describe('Ways to settle a conflict, in order; a human comes last in any case'),
      regenerate: z
        .array(regeneration, expected('a list of { paths, run }'))
        .describe('Files made by a command (lockfiles): a conflict in them is settled by making them again'),
      drivers: z
        .record(
          pattern,
          z.enum(['union'], expected('union')),
          expected('paths inside the repository and drivers, like CHANGELOG.md: union'),
        )
        .describe('Path or glob, and how both sides of a conflict become one; union keeps the lines of both'),
      window: z
        .union([count, z.literal('auto')], expected('a whole number of at least 1, or auto'))
        .describe('Merges that are gated at once'),
      mode: z
        .enum(['single', 'groups'], expected('single or groups'))
        .describe('groups: several landings behind one gate, for gates that seldom fail'),
      speculate: z
        .union([z.boolean(), z.literal('auto')], expected('true, false or auto'))
        .describe(
          'A workstream may begin on top of what it depends on while that is still in the queue; auto: once that takes a while',
        ),
      approve: textOrTexts.describe('Workstreams that land only when somebody agrees, like ws-22 or gate>=3'),
      push: text
        .regex(/^\w[\w./-]*$/, expected('the name of a remote, like origin'))
        .describe('Remote that the target is pushed to after landings; fast-forward only, without hooks'),
      line_endings: z
        .enum(['reject', 'normalise', 'allow'], expected('reject, normalise or allow'))
        .describe('A file whose line ends were all turned'),
    },
    expected('{ resolve, regenerate, drivers, window, mode, speculate, approve, push, line_endings }'),
  )
  .partial()

const notify = z
  .strictObject(
    { when: z.array(z.enum(['needs-you', 'done'], expected('needs-you or done')), expected('a list')), command: text },
    expected('{ when, command }'),
  )
  .partial()

export const configSchema = z
  .strictObject(
    {
      version: z.literal(1, expected('1')),
      target: text.describe('Branch that receives landings'),
      workstreams: textOrTexts.describe('Globs: .json .yaml .yml .md'),
      agents: z.union([count, z.literal('auto')], expected('a whole number of at least 1, or auto')).describe('Seats'),
      tools,
      limits,
      watch,
      workspace,
      paths: z.strictObject({ work: text, logs: text }, expected('{ work, logs }')).partial(),
      gate: checks.describe('Must pass on the exact merged tree; [] says that none is wanted'),
      landing,
      after: checks.describe('Once, when everything has landed'),
      acceptance: z.enum(['run', 'show'], expected('run or show')),
      scope: z
        .enum(['park', 'block', 'allow'], expected('park, block or allow'))
        .describe('Changes outside the scope of a workstream'),
      sandbox: z.union([z.enum(['off', 'auto', 'strict']), z.literal(false)], expected('off, auto or strict')),
      notify,
    },
    expected('keys and values'),
  )
  .partial()

export type ConfigFile = z.input<typeof configSchema>
