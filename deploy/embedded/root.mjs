import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The repository's folder, found from this file upwards: it is right for the source and for the
 * copy of it under `dist/`.
 * @returns {string}
 */
export function repositoryRoot() {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error(
        `No package-lock.json above ${import.meta.dirname}: this is not a clone of the repository.`,
      );
    }
    folder = parent;
  }
  return folder;
}
