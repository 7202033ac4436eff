/** Why a line is left out, waits, or could not be decided. The words of the decision list, and three of our own limits. */
export type ReasonCode =
  | 'replacement-order'
  | 'currency-not-offered'
  | 'before-go-live'
  | 'cancelled'
  | 'mixed-cancelled'
  | 'quantity-above-one'
  | 'refund-in-order-body'
  | 'product-type-unknown'
  | 'unmapped-charge'
  | 'amount-not-exact'
  | 'too-many-charges'
  | 'rules-or-attributes-changed';

export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  /** What a person can do about it. */
  readonly advice: string;
}

const REASONS: Readonly<Record<ReasonCode, Omit<Reason, 'code'>>> = {
  'replacement-order': {
    message: 'A replacement order is no new sale, whatever its amounts.',
    advice: 'Nothing to do: the original order carries the revenue.',
  },
  'currency-not-offered': {
    message: 'An amount is in another currency than the seller’s books.',
    advice: 'Book this line by hand; other currencies are not offered yet.',
  },
  'before-go-live': {
    message: 'The line was recognised before the go-live date.',
    advice: 'Nothing to do if it was booked before; else move the go-live date to an earlier day.',
  },
  cancelled: {
    message: 'Every unit was cancelled before the sale was booked.',
    advice: 'Nothing to do.',
  },
  'mixed-cancelled': {
    message: 'Cancelled units and amounts do not tell what is left of the sale.',
    advice:
      'Compare the line with the settlement report and choose what cancelled units do to amounts.',
  },
  'quantity-above-one': {
    message:
      'More than one unit was ordered and nothing proves whether amounts are per unit or per line.',
    advice: 'Compare the line with the settlement report and choose what an amount means.',
  },
  'refund-in-order-body': {
    message: 'The order shows a refund of this line.',
    advice: 'Book the refund by hand until refunds of order bodies are chosen to be booked.',
  },
  'product-type-unknown': {
    message: 'A rule asks for the product type and the item’s is not known yet.',
    advice: 'Wait for the item to be read, or put a rule without a product type before it.',
  },
  'unmapped-charge': {
    message: 'No rule matches a charge of this line.',
    advice: 'Publish a rule set with a rule that posts or excludes this charge.',
  },
  'amount-not-exact': {
    message: 'An amount is not a whole number of the currency’s smallest unit.',
    advice: 'Compare the line with the settlement report; nothing is rounded.',
  },
  'too-many-charges': {
    message: 'The line has more charges than one journal can hold.',
    advice: 'Book this line by hand.',
  },
  'rules-or-attributes-changed': {
    message:
      'Rules or item attributes changed after the line was booked and would book it differently.',
    advice: 'Apply the change as a remap, or dismiss it; nothing is booked until then.',
  },
};

/** A reason with its advice; `detail` says which part of the line it is about. */
export function reasonOf(code: ReasonCode, detail?: string): Reason {
  const { message, advice } = REASONS[code];
  return { code, message: detail ? `${message} (${detail})` : message, advice };
}
