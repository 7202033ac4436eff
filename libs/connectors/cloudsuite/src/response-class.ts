import type { HttpAnswer, HttpFailure } from '@mlc/http';
import { boundedJson, membersOf, textOf } from './bounded-json.js';

export const responseClasses = [
  'NOT_SENT',
  'ACCEPTED',
  'REJECTED',
  'PARTIAL',
  'THROTTLED',
  'AUTH',
  'UNKNOWN',
] as const;

/**
 * NOT_SENT: nothing of the request left this machine. ACCEPTED: proven by the body. REJECTED: refused
 * whole. PARTIAL: some lines refused. THROTTLED and AUTH: turned away before it ran. UNKNOWN: look it up.
 */
export type ResponseClass = (typeof responseClasses)[number];

export interface Verdict {
  readonly class: ResponseClass;
  readonly status: number | null;
  /** The gateway's `x-transaction-id`: what the vendor's support asks for. */
  readonly transactionId: string | null;
  /** One sentence, the vendor's own words where there are any. */
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** `read` has no effect; `write` has, whatever its method. */
export type CallEffect = 'read' | 'write';

/** Looks at a 2xx body; `null` when it does not prove anything. */
export type BodyProof = (body: string) => Pick<Verdict, 'class' | 'message'> | null;

const MAX_MESSAGE_CHARS = 500;

export function classifyFailure(failure: HttpFailure): Verdict {
  return {
    class: failure.sent === 'no' ? 'NOT_SENT' : 'UNKNOWN',
    status: null,
    transactionId: null,
    message: `${failure.code}: ${failure.message}`.slice(0, MAX_MESSAGE_CHARS),
    retryAfterMs: failure.retryAfterMs ?? null,
  };
}

/** Total: any status with any body comes to exactly one class, and never to ACCEPTED by default. */
export function classifyAnswer(effect: CallEffect, answer: HttpAnswer, proof: BodyProof): Verdict {
  const seen = judge(effect, answer, proof);
  return {
    class: seen.class,
    status: answer.status,
    transactionId: answer.headers['x-transaction-id']?.slice(0, 100) ?? null,
    message: seen.message.slice(0, MAX_MESSAGE_CHARS),
    retryAfterMs: retryAfterMs(answer.headers['retry-after']),
  };
}

function judge(
  effect: CallEffect,
  answer: HttpAnswer,
  proof: BodyProof,
): Pick<Verdict, 'class' | 'message'> {
  const { status, body } = answer;
  if (status >= 200 && status < 300) {
    return (
      proof(body) ?? {
        class: 'UNKNOWN',
        message: `status ${status} with a body that proves nothing`,
      }
    );
  }
  if (status === 401 || status === 403) return judgeRefusedToken(effect, answer);
  if (status === 429) return { class: 'THROTTLED', message: 'the gateway quota is used up' };
  if (status === 404 || status === 405) {
    return { class: 'REJECTED', message: vendorText(body) ?? `no such endpoint (${status})` };
  }
  // A bare 4xx may come from anything between us and FSM: only FSM's own words are a refusal.
  if (status >= 400 && status < 500 && status !== 408) {
    const text = vendorText(body);
    if (text !== null) return { class: 'REJECTED', message: text };
  }
  return { class: 'UNKNOWN', message: vendorText(body) ?? `status ${status}` };
}

/** A 401 can also come from FSM after it ran; only the gateway's own body says that nothing ran. */
function judgeRefusedToken(
  effect: CallEffect,
  answer: HttpAnswer,
): Pick<Verdict, 'class' | 'message'> {
  if (effect === 'write' && !isGatewayRefusal(answer)) {
    return { class: 'UNKNOWN', message: `status ${answer.status}, not in the gateway's own words` };
  }
  return { class: 'AUTH', message: `status ${answer.status}: the access token was refused` };
}

/** 401 `{"error":"Unauthorized"}`: turned away before the target saw it. */
export function isGatewayRefusal(answer: HttpAnswer): boolean {
  if (answer.status !== 401) return false;
  const members = membersOf(boundedJson(answer.body));
  return members?.size === 1 && members.get('error') === 'Unauthorized';
}

/** FSM's `{"code", "message"}`, or the gateway's `{"error": {"message"}}`. */
export function vendorText(body: string): string | null {
  const members = membersOf(boundedJson(body));
  if (!members) return null;
  const message =
    textOf(members.get('message')) ?? textOf(membersOf(members.get('error'))?.get('message'));
  return message === undefined || message.trim() === '' ? null : message.trim();
}

const MAX_RETRY_AFTER_S = 3600;

function retryAfterMs(header: string | undefined): number | null {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return null;
  return Math.min(Number(header), MAX_RETRY_AFTER_S) * 1000;
}

/**
 * Form operations answer with a sentence whose envelope is not documented: alone, quoted, or as a
 * `message` somewhere in JSON. It counts only whole, and only where nothing speaks of an exception.
 */
export function proveSentence(sentence: string): BodyProof {
  return (body) => {
    if (/exception/i.test(body)) {
      return { class: 'UNKNOWN', message: vendorText(body) ?? 'an exception instead of an answer' };
    }
    const value = boundedJson(body);
    const said = body.trim() === sentence || says(value, sentence);
    return said ? { class: 'ACCEPTED', message: sentence } : null;
  };
}

function says(value: unknown, sentence: string): boolean {
  if (typeof value === 'string') return value.trim() === sentence;
  if (Array.isArray(value)) return value.some((member) => says(member, sentence));
  const members = membersOf(value);
  return members !== undefined && [...members.values()].some((member) => says(member, sentence));
}
