/**
 * Commits without git: trees are paths with texts, a commit is a tree with parents and a message, and merging compares three
 * trees path by path as git does with whole files. Ids are digests of the content, as git's are.
 */
import { createHash } from 'node:crypto'

export type Tree = ReadonlyMap<string, string>

export interface CommitData {
  tree: string
  parents: readonly string[]
  message: string
  author: string
  dateSeconds: number
}

export type Merged = { kind: 'clean'; tree: string } | { kind: 'conflict'; tree: string; paths: string[] }

export class Commits {
  readonly #trees = new Map<string, Tree>()
  readonly #commits = new Map<string, CommitData & { order: number; ancestors: ReadonlySet<string> }>()

  writeTree(files: Iterable<[string, string]>): string {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
    const id = digest(`tree ${JSON.stringify(sorted)}`)
    if (!this.#trees.has(id)) this.#trees.set(id, new Map(sorted))
    return id
  }

  write(commit: CommitData): string {
    const id = digest(`commit ${JSON.stringify(commit)}`)
    if (this.#commits.has(id)) return id
    const ancestors = new Set([id])
    for (const parent of commit.parents) for (const one of this.#get(parent).ancestors) ancestors.add(one)
    this.#commits.set(id, { ...commit, order: this.#commits.size, ancestors })
    return id
  }

  has(id: string): boolean {
    return this.#commits.has(id)
  }

  /** The id that a revision (`<id>`, `<id>^1`, `<id>^2`) means; throws when there is none. */
  resolve(revision: string): string {
    const [id, parent] = revision.split('^')
    if (parent === undefined) return id!
    const found = this.#get(id!).parents[Number(parent) - 1]
    if (found === undefined) throw new Error(`${revision} is no commit`)
    return found
  }

  get(revision: string): CommitData {
    return this.#get(this.resolve(revision))
  }

  /** Of a commit, or a tree itself. */
  treeId(revision: string): string {
    return this.#trees.has(revision) ? revision : this.get(revision).tree
  }

  tree(revision: string): Tree {
    return this.#trees.get(this.treeId(revision))!
  }

  isAncestor(ancestor: string, commit: string): boolean {
    return this.#commits.get(commit)?.ancestors.has(ancestor) ?? false
  }

  /** What is reachable from `tip` and not from `other`, newest first. */
  since(tip: string, other: string | null): string[] {
    const left = other === null ? new Set<string>() : this.#get(other).ancestors
    return this.#newestFirst([...this.#get(tip).ancestors].filter((id) => !left.has(id)))
  }

  /** The first-parent line from `tip` to where `until` begins, newest first. */
  line(tip: string, until: string | null = null): string[] {
    const left = until === null ? new Set<string>() : this.#get(until).ancestors
    const found: string[] = []
    for (let at: string | undefined = tip; at !== undefined && !left.has(at); at = this.#get(at).parents[0])
      found.push(at)
    return found
  }

  /** All of the newest that both have, newest first. */
  mergeBases(a: string, b: string): string[] {
    const theirs = this.#get(b).ancestors
    const both = [...this.#get(a).ancestors].filter((id) => theirs.has(id))
    const isBelow = (id: string): boolean => both.some((other) => other !== id && this.#get(other).ancestors.has(id))
    return this.#newestFirst(both.filter((id) => !isBelow(id)))
  }

  changed(before: string, after: string): string[] {
    const [one, other] = [this.tree(before), this.tree(after)]
    const paths = new Set([...one.keys(), ...other.keys()])
    return [...paths].filter((path) => one.get(path) !== other.get(path)).sort()
  }

  merge(onto: string, work: string): Merged {
    return this.#mergeTrees(this.#baseOf(onto, work), this.tree(onto), this.tree(work))
  }

  /** Several bases are merged among themselves first: with one of them alone a change could be lost. */
  #baseOf(a: string, b: string): Tree {
    const [first, ...rest] = this.mergeBases(a, b)
    if (first === undefined) return new Map()
    let base = this.tree(first)
    for (const other of rest)
      base = this.tree(this.#mergeTrees(this.#baseOf(first, other), base, this.tree(other)).tree)
    return base
  }

  #mergeTrees(base: Tree, ours: Tree, theirs: Tree): Merged {
    const merged: [string, string][] = []
    const paths: string[] = []
    for (const path of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
      const [was, our, their] = [base.get(path), ours.get(path), theirs.get(path)]
      let now = our === was ? their : our
      if (our !== was && their !== was && our !== their) {
        paths.push(path)
        now = `<<<<<<< ours\n${our ?? ''}=======\n${their ?? ''}>>>>>>> theirs\n`
      }
      if (now !== undefined) merged.push([path, now])
    }
    const tree = this.writeTree(merged)
    return paths.length === 0 ? { kind: 'clean', tree } : { kind: 'conflict', tree, paths: paths.sort() }
  }

  #newestFirst(ids: string[]): string[] {
    return ids.sort((a, b) => this.#get(b).order - this.#get(a).order)
  }

  #get(id: string): CommitData & { order: number; ancestors: ReadonlySet<string> } {
    const found = this.#commits.get(id)
    if (found === undefined) throw new Error(`no commit ${id}`)
    return found
  }
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
