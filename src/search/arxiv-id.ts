const ID = String.raw`\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?\/\d{7}`;
const PLACE = String.raw`arxiv\s*:\s*|(?:https?:\/\/)?[a-z.]+\/(?:abs|pdf|html|papers)\/`;
const ARXIV_ID = new RegExp(`^(?:${PLACE})?(${ID})(?:v\\d+)?(?:\\.pdf)?(?:[?#].*)?$`, 'i');

/**
 * The arXiv id, without its version, that a text is, or that an address of the paper holds.
 * `null` for all other texts.
 */
export function findArxivId(text: string): string | null {
  const [, id] = ARXIV_ID.exec(text) ?? [];
  return id?.toLowerCase().replace(/\.[a-z]{2}(?=\/)/, '') ?? null;
}
