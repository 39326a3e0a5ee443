/** The few files of ours that are not git's: a path and a text. Folders are there when something is below them, or were made. */

export class Disk {
  readonly #files = new Map<string, string>()
  readonly #folders = new Set<string>(['/'])

  read(path: string): string | null {
    return this.#files.get(path) ?? null
  }

  write(path: string, text: string): void {
    this.#files.set(path, text)
  }

  makeFolder(path: string): void {
    this.#folders.add(path)
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path) || this.#below(path).next().done !== true
  }

  has(path: string): boolean {
    return this.#files.has(path) || this.isFolder(path)
  }

  /** Names of what is directly in a folder. */
  names(folder: string): string[] {
    const names = [...this.#below(folder)].map((path) => path.slice(folder.length + 1).split('/')[0]!)
    return [...new Set(names)].sort()
  }

  move(from: string, to: string): void {
    const text = this.read(from)
    if (text === null) throw Object.assign(new Error(`ENOENT: no such file, rename '${from}'`), { code: 'ENOENT' })
    this.#files.delete(from)
    this.#files.set(to, text)
  }

  remove(path: string): void {
    this.#files.delete(path)
    for (const one of this.#below(path)) {
      this.#files.delete(one)
      this.#folders.delete(one)
    }
    this.#folders.delete(path)
  }

  *#below(folder: string): Generator<string> {
    const start = `${folder}/`
    for (const path of this.#files.keys()) if (path.startsWith(start)) yield path
    for (const path of this.#folders) if (path.startsWith(start)) yield path
  }
}
