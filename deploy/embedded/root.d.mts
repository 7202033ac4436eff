/** The repository's folder, right for the source and for its copy under `dist/`. */
export function repositoryRoot(): string;
