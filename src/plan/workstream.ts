/**
 * One workstream, from any dialect into the one vocabulary. Authors of plans use several names for the same thing
 * (`depends_on`, `dependencies.depends_on`, `blocked_by`); behind this file there is one.
 */
import { hash } from 'node:crypto'
import type { Workstream } from '../model/workstream.ts'
import {
  acceptanceOf,
  breakerOf,
  dependenciesOf,
  type DependencyEntry,
  estimateOf,
  idOf,
  metadataOf,
  minutesOf,
  priorityOf,
  type Programs,
  type Reporter,
  scopeOf,
} from './dialect.ts'
import { fieldsIn, flagOf, numberOf, shown, textOf, textsOf } from './fields.ts'
import { sparseOf } from './sparse.ts'

export interface Draft {
  /** `dependsOn` holds every entry, duplicates included: the plan resolves them, because it knows the other ids. */
  workstream: Workstream
  dependencies: DependencyEntry[]
}

/**
 * Reads one workstream. Null when it has no usable id: there is nothing to call it by. Every other mistake is reported
 * and the rest is read on.
 */
export function readWorkstream(
  value: unknown,
  from: { file: string; body: string; defaultId: string },
  report: Reporter,
  programs: Programs,
): Draft | null {
  const fields = fieldsIn(value)
  if (fields === null) {
    report.error([], `a workstream is ${shown(value)}, not an object`, 'write { "id": ..., "tasks": [...] }')
    return null
  }
  const id = idOf(fields, from.defaultId, report)
  if (id === null) return null
  const description = [textOf(fields, 'description', report.error), from.body].filter(Boolean).join('\n\n')
  const tasks = [...textsOf(fields, 'tasks', report.error), ...textsOf(fields, 'instruction', report.error)]
  const title = textOf(fields, 'title', report.error)
  if (title === null && description === '' && tasks.length === 0)
    report.warning(
      [],
      `${id} says nothing about what to do`,
      'add `tasks` (or `instruction`, or `title` and `description`)',
    )
  const dependencies = dependenciesOf(fields, report)
  const filesScope = scopeOf(fields, 'files_scope', report.error)
  const filesCreate = scopeOf(fields, 'files_create', report.error)
  const workstream: Omit<Workstream, 'digest'> = {
    id,
    title: title ?? headingOf(from.body) ?? firstLine(tasks[0]) ?? firstLine(description) ?? id,
    file: from.file,
    tasks,
    description,
    filesScope,
    filesCreate,
    dependsOn: dependencies.map(({ on }) => on),
    acceptance: acceptanceOf(fields, report, programs),
    tool: textOf(fields, 'tool', report.error),
    fallback: textsOf(fields, 'fallback', report.error),
    priority: priorityOf(fields, report.error),
    track: textOf(fields, 'track', report.error),
    gate: numberOf(fields, 'gate', report.error, { least: 0, whole: false }),
    breaker: breakerOf(fields, report),
    timeoutMinutes: minutesOf(fields, 'timeout_minutes', report.error),
    estimateMinutes: estimateOf(fields, report),
    allowEmpty: flagOf(fields, 'allow_empty', report.error) ?? false,
    sparse: sparseOf(fields, [...filesScope, ...filesCreate], report.error),
    metadata: metadataOf(fields, report),
  }
  if (workstream.filesScope.length + workstream.filesCreate.length === 0)
    report.warning(
      [],
      `${id} has no scope: it may change any file`,
      'add `files_scope`, so that conflicts can be foreseen',
    )
  return { workstream: { ...workstream, digest: digestOf(workstream, fields['acceptance_tests']) }, dependencies }
}

function headingOf(body: string): string | null {
  return /^#\s+(.+)$/m.exec(body)?.[1]?.trim() ?? null
}

function firstLine(text: string | undefined): string | null {
  return text?.split('\n', 1)[0]?.trim() || null
}

/**
 * Of everything that an attempt would be told, and of nothing about where it was written. The acceptance tests count as
 * written: how they are read depends on the programs of the machine.
 */
function digestOf(workstream: Omit<Workstream, 'digest'>, acceptance: unknown): string {
  const { file: _file, sparse, ...definition } = workstream
  const cone = sparse === null ? {} : { sparse }
  return hash(
    'sha256',
    JSON.stringify({ ...definition, ...cone, dependsOn: [...new Set(definition.dependsOn)], acceptance }),
  )
}
