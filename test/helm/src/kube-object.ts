/** Rendered YAML is walked by path, because a check must also judge what is missing or misspelt. */
export type KubeObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at the path; undefined where the path ends early. A number walks into a list. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (Array.isArray(here) && typeof step === 'number') here = here[step] as unknown;
    else if (isObject(here) && typeof step === 'string') here = here[step];
    else return undefined;
  }
  return here;
}

/** The list at the path; empty when there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const list = at(value, ...path);
  return Array.isArray(list) ? list : [];
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const text = at(value, ...path);
  return typeof text === 'string' ? text : '';
}

export function ofKind(objects: readonly KubeObject[], kind: string): KubeObject[] {
  return objects.filter((object) => object['kind'] === kind);
}

export function nameOf(object: KubeObject): string {
  return textAt(object, 'metadata', 'name');
}

/** Whether the labels have all that the selector asks for; an empty selector takes everything. */
export function selects(selector: unknown, labels: unknown): boolean {
  if (!isObject(selector) || !isObject(labels)) return false;
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
