import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './root.mjs';

const OWNER_FILE = 'owner.pid';

/**
 * A data folder for servers that live as long as this process, under the clone's `.cache`. Folders
 * whose owners are dead (a run that was killed) are swept on the way.
 * @param {string} kind for example `test`
 * @returns {{ folder: string, remove: () => void }}
 */
export function makeRunFolder(kind) {
  const parent = join(repositoryRoot(), '.cache', kind);
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const old = join(parent, name);
    if (!ownerLives(old)) rmSync(old, { recursive: true, force: true });
  }
  const folder = join(parent, `${process.pid}-${Math.round(performance.timeOrigin)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, OWNER_FILE), String(process.pid));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function ownerLives(folder) {
  const file = join(folder, OWNER_FILE);
  if (!existsSync(file)) return false;
  try {
    process.kill(Number.parseInt(readFileSync(file, 'utf8'), 10), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
