/**
 * A data folder `.cache/<kind>/<pid>-…` for servers that live as long as this process. Folders of
 * dead owners are swept on the way.
 */
export function makeRunFolder(kind: string): { folder: string; remove: () => void };
