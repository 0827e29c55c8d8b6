// @ts-check
/**
 * Readers with ten interests each: five keywords, of which two are nobody else's, two topics, two
 * authors and an organisation. Most of what others share too is found in some paper of the bench.
 */

const NOUNS =
  'lantern harbour ledger meadow compass orchard signal kettle bridge garden engine mirror river archive window basket anchor feather tunnel cloud'.split(
    ' ',
  );
const QUALITIES =
  'steady sparse patient narrow hidden shared robust gradual layered modest recurrent bounded'.split(
    ' ',
  );
const NAMES =
  'Marguerite Teodor Ines Kenji Amara Lukas Priya Mateo Sofía Håkon Yusuf Clémence'.split(' ');
const FAMILIES =
  'Oyelaran Vask Halloway Aramaki Brandt Okafor Lindqvist Moreau Castellanos Ibrahim'.split(' ');
const TOPICS =
  'agents robotics reasoning video vision science interpretability code-and-software'.split(' ');

/** @param {number} nth */
export function interestsOf(nth) {
  let state = Math.imul(nth + 1, 2_654_435_761);
  /** @param {readonly string[]} words */
  const one = (words) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return words[(state >>> 0) % words.length] ?? '';
  };
  return {
    topics: [one(TOPICS), one(NOUNS)],
    keywords: [
      `${one(QUALITIES)} ${one(NOUNS)}`,
      `${one(QUALITIES)}-${one(NOUNS)}s`,
      one(NOUNS).toUpperCase(),
      `${one(NOUNS)} of reader ${nth}`,
      `${one(QUALITIES)} ${one(NOUNS)}${nth}`,
    ],
    authors: [
      `${one(NAMES)} ${one(FAMILIES)}`,
      `${one(NAMES)[0]}. ${one(FAMILIES)}-${nth % 5_000}`,
    ],
    organisations: [`${one(NOUNS)} Lab`],
  };
}
