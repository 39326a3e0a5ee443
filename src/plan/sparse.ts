/** `sparse` of a workstream: which folders its worktree holds. Large repositories are then ready in a fraction of the time. */
import { itemsOf, type Fields, type Refuse, shown } from './fields.ts'
import { parsePattern } from './pattern.ts'

/**
 * The folders, or null for the whole tree. `true` means those of the scope: of each entry the part before its first
 * wildcard (a file's name in it does no harm: what lies beside it is there too).
 */
export function sparseOf(fields: Fields, scope: readonly string[], refuse: Refuse): string[] | null {
  const value = fields['sparse'] ?? false
  if (value === false) return null
  if (value === true) {
    const folders = scope.flatMap(foldersOf)
    if (folders.length > 0 && !folders.includes('')) return [...new Set(folders)].sort()
    const why = folders.length === 0 ? 'there is no scope' : 'the scope begins at the top'
    refuse(['sparse'], `\`sparse\` is true, and ${why}`, 'write the folders that it needs: "sparse": ["src/core"]')
    return null
  }
  const folders: string[] = []
  for (const { item, path } of itemsOf(fields, 'sparse')) {
    const [folder, more] = typeof item === 'string' ? foldersOf(item) : []
    const isPlain = typeof item === 'string' && !/[*?{}]/.test(item)
    if (folder === undefined || folder === '' || more !== undefined || !isPlain) {
      refuse(path, `\`sparse\` holds ${shown(item)}, not a folder`, 'write true, or folders relative to the top')
    } else folders.push(folder)
  }
  return folders.length === 0 ? null : [...new Set(folders)].sort()
}

/** The literal beginnings of an entry, one for each choice of its braces; empty texts for those that begin anywhere. */
function foldersOf(entry: string): string[] {
  const parsed = parsePattern(entry)
  if (!('patterns' in parsed)) return []
  return parsed.patterns.map((pattern) => {
    const end = pattern.findIndex(({ kind }) => kind !== 'text')
    const names = end === -1 ? pattern : pattern.slice(0, end)
    return names.map((segment) => (segment.kind === 'text' ? segment.text : '')).join('/')
  })
}
