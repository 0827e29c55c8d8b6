import type { Paper } from '../../papers/paper.js';

/** More names say no more to whoever reads them. */
const MOST_AUTHORS = 50;

/** A paper as https://schema.org/ScholarlyArticle, safe inside a script element. */
export function formatJsonLd(paper: Paper, url: string): string {
  const { arxivId, doi } = paper;
  const elsewhere = [
    ...(arxivId === null ? [] : [`https://arxiv.org/abs/${arxivId}`]),
    ...(doi === null ? [] : [`https://doi.org/${doi}`]),
  ];
  return escapeScript(
    JSON.stringify({
      '@context': 'https://schema.org',
      '@type': 'ScholarlyArticle',
      '@id': url,
      url,
      headline: paper.title,
      ...(paper.abstract !== '' && { abstract: paper.abstract }),
      author: paper.authors.slice(0, MOST_AUTHORS).map((name) => ({ '@type': 'Person', name })),
      ...(paper.organisation !== null && {
        sourceOrganization: { '@type': 'Organization', name: paper.organisation },
      }),
      ...(paper.publishedOn !== null && { datePublished: paper.publishedOn }),
      ...(paper.keywords.length > 0 && { keywords: paper.keywords }),
      ...(elsewhere.length > 0 && { sameAs: elsewhere, identifier: arxivId ?? doi }),
    }),
  );
}

/** No end of the script, and no line ends that old readers of JSON don't know. */
function escapeScript(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
