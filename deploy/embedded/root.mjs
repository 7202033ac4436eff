import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The repository's folder, found from this file upwards: it is right for the source and for the
 * copy of it under `dist/`.
 * @returns {string}
 */
export function repositoryRoot() {
  const here = dirname(fileURLToPath(import.meta.url));
  let folder = here;
  while (!existsSync(join(folder, 'package-lock.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error(`No package-lock.json above ${here}: this is not a clone of the repository.`);
    }
    folder = parent;
  }
  return folder;
}
