import { z } from 'zod';

const ms = (fallback: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(7 * 86_400_000)
    .default(fallback);
const count = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback);

/** gl-posting's own variables; every wait is one of them. */
export const postingSettings = z.object({
  /** Part of every run group's name: two installations never share one in a CloudSuite tenant. */
  INSTALLATION_ID: z.string().min(1).max(60),
  POSTER_TICK_MS: ms(1000),
  /** Sellers posted at the same time in this process. */
  SELLERS_AT_ONCE: count(50, 1000),
  RUN_GROUPS_IN_FLIGHT: count(4, 32),
  /** How long a group that is not full waits for more journals. */
  FREEZE_LINGER_MS: ms(250),
  ANCHOR_TIMEOUT_MS: ms(30_000),
  CALL_TIMEOUT_MS: ms(65_000),
  /** Must be longer than a call: a lease is renewed before every call that changes anything. */
  LEASE_TTL_MS: ms(125_000),
  /** After it, an unanswered call cannot have an effect any more (gateway timeout and commit lag). */
  SETTLE_MS: ms(360_000),
  /** Between two looks at an unknown outcome. */
  LOOK_EVERY_MS: ms(60_000),
  POLL_FIRST_MS: ms(250),
  POLL_MAX_MS: ms(10_000),
  RETRY_FIRST_MS: ms(1000),
  RETRY_MAX_MS: ms(60_000),
  /** Submitted for this long without a result: reported as unknown. */
  UNKNOWN_AFTER_MS: ms(600_000),
  /** Not decided for this long: a person decides. */
  PERSON_AFTER_MS: ms(86_400_000),
  PING_DEADLINE_MS: ms(30_000),
  CLOUDSUITE_CALLS_PER_SECOND: count(20, 1000),
  BREAKER_RESET_MS: ms(15_000),
});

export type PostingSettings = z.infer<typeof postingSettings>;
