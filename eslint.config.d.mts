/** The boundary constraints, for the architecture test. */
export const depConstraints: readonly {
  readonly sourceTag: string;
  readonly onlyDependOnLibsWithTags: readonly string[];
}[];
