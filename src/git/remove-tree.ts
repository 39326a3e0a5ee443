/**
 * Removing a folder that somebody else has filled: folders without write permission are part of what tools leave.
 */
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, SluiceError, messageOf } from '../model/failure.ts'
import { isOutOfFiles } from '../process/full-disk.ts'

/** Removes a file or folder, links themselves and never what they lead to. Throws E406 when it cannot, and what the system says when it opens no more files. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch {
    try {
      await openFolders(path)
      await rm(path, { recursive: true, force: true })
    } catch (error) {
      // That says nothing about the folder, and whoever waits for room tries again.
      if (isOutOfFiles(error)) throw error
      throw new SluiceError(
        {
          code: 'E406',
          message: `cannot remove ${path}`,
          fix: `see who owns it: ls -la ${path}`,
          details: { cause: messageOf(error) },
        },
        EXIT.failed,
      )
    }
  }
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}
