import type { CallOf } from '../api/serve.js';
import type { sellerEndpoints } from '@mlc/api';
import { canonicalJson } from '@mlc/kernel';
import type { FieldError } from '../api/refusal.js';

export type NewRuleSet = CallOf<typeof sellerEndpoints.publishRuleSet>['body'];
type When = NewRuleSet['rules'][number]['when'];

/** What names one set of conditions: the order of a list's members says nothing. */
function conditionsOf(when: When): string {
  return canonicalJson(
    Object.fromEntries(
      Object.entries(when).map(([field, members]) => [
        field,
        [...new Set(typeof members === 'string' ? [members] : members)].sort(),
      ]),
    ),
  );
}

/**
 * Rules that can never match, by their place: the same conditions as an earlier rule, or behind a rule
 * without conditions. First match wins, so either is a mistake of whoever wrote the list (B2).
 */
export function checkRules({ rules }: Pick<NewRuleSet, 'rules'>): FieldError[] {
  const errors: FieldError[] = [];
  const firstWith = new Map<string, number>();
  let catchAll: number | null = null;
  for (const [at, { when }] of rules.entries()) {
    const conditions = conditionsOf(when);
    const earlier = firstWith.get(conditions);
    if (earlier !== undefined) {
      errors.push({
        path: `rules.${at}.when`,
        message: `the same conditions as rule ${earlier}, which comes first: this rule never matches`,
      });
    } else if (catchAll !== null) {
      errors.push({
        path: `rules.${at}.when`,
        message: `rule ${catchAll} has no conditions and matches everything: this rule is never reached`,
      });
    } else {
      firstWith.set(conditions, at);
      if (conditions === '{}') catchAll = at;
    }
  }
  return errors;
}

/** Every account the rules can book to, once each, sorted. */
export function accountsOf({ clearing, tax, rules }: Omit<NewRuleSet, 'fromDate'>): string[] {
  const posted = rules.flatMap((rule) => ('post' in rule ? [rule.post.account] : []));
  const taxed = tax.policy === 'clearing' ? [tax.post.account] : [];
  return [...new Set([clearing.account, ...taxed, ...posted])].sort();
}
