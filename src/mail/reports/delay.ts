/** Octets in which a report says what it is; what it returns may be long. */
const LOOKED_AT = 262_144;

const FAILED = /^action:[ \t]*failed/im; // RFC 3464 §2.3.3
const DELAYED = /^action:[ \t]*delayed/im;
const SUBJECT =
  /^subject:.*\b(delay(ed)?|warning|not (yet )?delivered yet|still being (re)?tried)\b/im;
const STILL_TRYING =
  /\b(will (continue|keep|be) (on )?(to )?(try|retry|being retried)|no action is required|not yet been delivered|still (being|trying))/i;
const GIVEN_UP = /\b(giv(en|ing) up|permanent|fatal|undeliverable)\b/i;

/**
 * Whether a report that may be of a delay says so: its mail is still being tried. Without the field of
 * RFC 3464, only clear words count, and words of an end count more.
 */
export function isDelayReport(octets: Uint8Array): boolean {
  const text = Buffer.from(octets.subarray(0, LOOKED_AT)).toString('latin1');
  if (FAILED.test(text)) return false;
  if (DELAYED.test(text)) return true;
  return (SUBJECT.test(text) || STILL_TRYING.test(text)) && !GIVEN_UP.test(text);
}
