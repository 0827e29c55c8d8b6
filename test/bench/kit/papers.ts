/** Papers as Hugging Face gives them: lengths as in its real answers, words of our own. */

const NOUNS =
  'lantern harbour ledger meadow compass orchard signal kettle bridge garden engine mirror river archive window basket anchor feather tunnel cloud'.split(
    ' ',
  );
const VERBS =
  'learns measures sorts predicts compares gathers repairs follows explains balances joins filters'.split(
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

/** The same numbers on every run: a mail of the bench always has the same octets. */
export function dice(seed: number): (sides: number) => number {
  let state = Math.imul(seed, 2_654_435_761);
  return (sides) => {
    // An xorshift generator: good enough for words.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** One day's answer, the most upvoted first. */
export function dayOfPapers(date: string, count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => paper(date, index));
}

function paper(date: string, index: number) {
  const roll = dice(index + 1);
  const one = (words: readonly string[]) => words[roll(words.length)] ?? '';
  const sentence = () =>
    `The ${one(QUALITIES)} ${one(NOUNS)} ${one(VERBS)} a ${one(QUALITIES)} ${one(NOUNS)} & ${one(VERBS)} each ${one(NOUNS)} over ${roll(90) + 2} ${one(NOUNS)}s.`;
  const prose = (length: number) => {
    let text = sentence();
    while (text.length < length) text += ` ${sentence()}`;
    return text;
  };
  const name = one(NOUNS);
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}-${index}: A ${one(QUALITIES)} ${one(NOUNS)} that ${one(VERBS)} each ${one(NOUNS)}`;
  const month = date.slice(2, 7).replace('-', '');
  return {
    paper: {
      id: `${month}.${String(10_000 + index)}`,
      title,
      summary: prose(1_300),
      ai_summary: sentence(),
      ai_keywords: [one(NOUNS), one(QUALITIES)],
      upvotes: 400 - index,
      authors: Array.from({ length: 3 + roll(9) }, () => ({
        name: `${one(NAMES)} ${one(FAMILIES)}`,
        hidden: false,
      })),
      publishedAt: `${date}T00:00:00.000Z`,
      submittedOnDailyAt: `${date}T00:00:00.000Z`,
      // Half of them have code, a third a page, and about as many an organisation.
      ...(index % 2 === 0 && {
        githubRepo: `https://github.com/${name}-lab/${name}-${index}`,
        githubStars: roll(3_000),
      }),
      ...(index % 3 === 0 && { projectPage: `https://${name}-lab.example/${index}` }),
      ...(index % 3 === 1 && { organization: { name: `${name}-lab`, fullname: `${name} Lab` } }),
    },
    title,
    numComments: roll(30),
  };
}
