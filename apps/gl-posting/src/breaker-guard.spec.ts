import { describe, expect, it } from '@jest/globals';
import { ok } from '@mlc/kernel';
import { BreakerGuard, DEFAULT_GUARD } from './breaker-guard.js';

describe('breakers round CloudSuite calls (F10)', () => {
  it('pauses one seller after repeated refusals, and a host only after its own trouble', async () => {
    const guard = new BreakerGuard({ ...DEFAULT_GUARD, volume: 3, timeoutMs: 1000 });
    const refusal = () =>
      Promise.resolve(ok({ status: 429, headers: {}, body: '', durationMs: 1 }));
    const fine = () => Promise.resolve(ok({ status: 200, headers: {}, body: '', durationMs: 1 }));
    for (let at = 0; at < 4; at += 1) await guard.run({ host: 'h', ledger: 'a' }, refusal);
    expect(await guard.run({ host: 'h', ledger: 'a' }, fine)).toMatchObject({
      ok: false,
      error: { code: 'cloudsuite.breaker-open', sent: 'no' },
    });
    expect(await guard.run({ host: 'h', ledger: 'b' }, fine)).toMatchObject({ ok: true });
    guard.close();
  });

  it('that outlives its breaker may have happened', async () => {
    const guard = new BreakerGuard({ ...DEFAULT_GUARD, timeoutMs: 20 });
    const answer = await guard.run({ host: 'h', ledger: 'a' }, () => new Promise(() => undefined));
    expect(answer).toMatchObject({ ok: false, error: { sent: 'maybe' } });
    guard.close();
  });
});
