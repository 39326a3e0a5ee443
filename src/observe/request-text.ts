/** What a person asked for, in the words of the command that asks for it. */
import type { RequestBody } from '../model/run.ts'
import { oneLine } from './neutralise.ts'
import { rollbackCommand } from './rollback-text.ts'
import { shortCommit } from './units.ts'

const COMMENT_MAX = 120

export function requestText(request: RequestBody): string {
  switch (request.kind) {
    case 'retry': {
      const tool = request.tool === null ? '' : ` --tool ${request.tool}`
      return `retry ${request.ids.join(' ')}${tool}${request.fresh ? ' --fresh' : ''}`
    }
    case 'submit':
      return `submit ${request.id} (${shortCommit(request.work)})`
    case 'resolve':
      return `resolve ${request.id} (${shortCommit(request.work)})`
    case 'approve':
    case 'reject': {
      const comment =
        request.comment === null ? '' : ` --comment ${JSON.stringify(oneLine(request.comment, COMMENT_MAX))}`
      return `approve ${request.ids.join(' ')}${request.kind === 'reject' ? ' --reject' : ''}${comment}`
    }
    case 'settle':
      return `resolve ${request.id} --tool ${request.tool}`
    case 'discard':
      return `resolve ${request.id} --discard${request.satisfy ? ' --satisfy' : ''}`
    case 'skip':
      return `skip ${request.ids.join(' ')}${request.satisfy ? ' --satisfy' : ''}`
    case 'hold':
    case 'release':
      return `${request.kind} ${request.ids.join(' ')}`
    case 'tool':
      return `tools ${request.rule} ${request.tool}`
    case 'cancel':
      return `cancel ${request.ids.join(' ')}${request.now ? ' --now' : ' --drain'}`
    case 'rollback':
      return rollbackCommand(request).replace(/^sluice /, '')
    default:
      return `cancel --all${request.now ? ' --now' : ' --drain'}`
  }
}
