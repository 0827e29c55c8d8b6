/** What nobody sees: format characters, zero-width marks, bidirectional marks. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Joiners that are part of a name in scripts that need them (RFC 5892, Appendix A). */
const JOINER = /(?<=[^\0-\x7F\p{Cf}])[\u200C\u200D](?=[^\0-\x7F\p{Cf}])/gu;

/** Pairs and signs that lists put around an address, none of which could begin or end one. */
const AROUND = [
  /^mailto:(.*?)(?:\?.*)?$/is,
  /^(.*[^.,;:])[.,;:]+$/s,
  /^[^<>]*<([^<>]*)>$/s,
  // A comment, or a link of Markdown.
  /^([^\s()[\]]+@[^\s()[\]]+)\s*\([^()]*\)$/s,
  /^\[([^[\]]*)\]\((?:mailto:)?\1\)$/is,
  /^(?:"(.*)"|'(.*)'|“(.*)”|„(.*)“|‘(.*)’|«(.*)»|\((.*)\)|\[(.*)\])$/s,
  /^(.*[^>])>+$/s,
  /^[,;:<]+(.*)$/s,
];

/**
 * An address of a list without what came along: `mailto:`, a name, brackets, quotes, signs at the end,
 * characters that nobody sees. Whether it is one is for `parseAddress` to say.
 */
export function unwrapAddress(text: string): string {
  let address = text.slice(0, 1_000).replace(UNSEEN, (character, at: number) => {
    JOINER.lastIndex = at;
    const isJoining = at > text.indexOf('@') && JOINER.exec(text)?.index === at;
    return isJoining ? character : '';
  });
  for (let before = ''; before !== address; ) {
    before = address;
    address = peel(address.trim());
  }
  return address;
}

function peel(text: string): string {
  for (const wrapping of AROUND) {
    const parts = wrapping.exec(text);
    const inside = parts?.slice(1).find((part) => part !== undefined);
    if (inside !== undefined) return decode(text, inside);
  }
  return text;
}

/** `mailto:` has percent-encoding (RFC 6068). */
function decode(text: string, inside: string): string {
  if (!/^mailto:/i.test(text)) return inside;
  try {
    return decodeURIComponent(inside);
  } catch {
    return inside;
  }
}
