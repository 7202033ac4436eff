import { z } from 'zod';

/** Largest request body the simulated gateway reads, in bytes (ION message size is the documented figure). */
export const MAX_BODY_BYTES = 5_000_000;

/**
 * Switches of one CloudSuite tenant. Everything the vendor leaves undocumented has its switch here;
 * the default is the most likely or, where nothing is known, the least comfortable answer.
 */
const settingsSchema = z.strictObject({
  /** Lifetime of an access token, seconds. */
  tokenSeconds: z.int().positive().default(7200),
  /** Some servers give `expires_in` as a string. */
  expiresInAsString: z.boolean().default(false),
  /** "Issue Refresh Tokens" of the authorized app. */
  issueRefreshTokens: z.boolean().default(false),
  /** Password grants a client gets in a UTC day before it is refused with 429; 0 is no limit. */
  tokensPerDay: z.int().nonnegative().default(0),
  /** Gateway quota: requests a minute per tenant, then 429; 0 is no quota. */
  requestsPerMinute: z.int().nonnegative().default(0),
  /** Time from "Interface Transactions Submitted" to the end of the asynchronous action. */
  interfaceDelayMs: z.int().nonnegative().default(400),
  /** Time from "Delete All Transactions For Run Group Submitted" to the rows being gone. */
  deleteDelayMs: z.int().nonnegative().default(200),
  /** When one line of an entity fails: count only the failing lines as failed, or all of the entity. */
  failedCount: z.enum(['lines', 'all']).default('lines'),
  /** Does an Edit Only run write a GLTransactionInterfaceResult row? */
  editOnlyWritesResult: z.boolean().default(true),
  /** Does a run that finds no staged row write a result row? */
  emptyRunWritesResult: z.boolean().default(false),
  /** Does the interface refuse an entity whose lines do not sum to zero by currency and posting date? */
  refuseUnbalanced: z.boolean().default(false),
  /** Text longer than its field: refuse the record, or cut it silently. */
  overlength: z.enum(['refuse', 'cut']).default('refuse'),
  /** `batchStatus` of a batch with at least one failing record. */
  batchStatusOnFailure: z.string().default('1'),
  /** HTTP status of a batch of which every record failed. */
  batchHttpStatusWhenAllFail: z.int().min(200).max(599).default(200),
  /** Continuation pages (`_position=true`) lose `_lplFilter` and `_filter`. */
  pagingDropsFilter: z.boolean().default(false),
  /** A form operation without `_cmAll=true`: runs all the same, or is refused. */
  missingCmAll: z.enum(['ignore', 'refuse']).default('ignore'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Settings from a control body; switches not named keep `current` (or their default). Throws `ZodError`. */
export function settingsFrom(changes: unknown, current?: Settings): Settings {
  const named = z.record(z.string(), z.unknown()).parse(changes ?? {});
  return settingsSchema.parse({ ...current, ...named });
}
