import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Day } from '../../base/day.js';
import { paperId, parseArxivId } from '../../papers/identity.js';
import type { ListedPaper } from '../../papers/paper.js';
import { cleanText } from '../../text/clean.js';
import { MAX_KEYWORDS, MAX_NAME, textOrNull, toDay, toPicture, webUrl } from '../fields.js';

const Optional = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(
  type: T,
) => Type.Optional(Type.Union([type, Type.Null()]));

/** What one item of the answer must look like. Unknown fields pass; the API grows. */
const Item = Type.Object({
  paper: Type.Object({
    id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9./_-]{3,40}$' }),
    title: Type.String({ minLength: 1, maxLength: 2000 }),
    summary: Type.String({ maxLength: 50_000 }),
    upvotes: Type.Integer({ minimum: 0 }),
    authors: Type.Array(
      Type.Object({ name: Optional(Type.String()), hidden: Type.Optional(Type.Boolean()) }),
      { maxItems: 20_000 },
    ),
    publishedAt: Optional(Type.String()),
    ai_summary: Optional(Type.String()),
    ai_keywords: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
    githubRepo: Optional(Type.String()),
    githubStars: Optional(Type.Number()),
    projectPage: Optional(Type.String()),
    mediaUrls: Type.Optional(Type.Unknown()),
    organization: Type.Optional(
      Type.Union([
        Type.Object({ name: Type.String(), fullname: Optional(Type.String()) }),
        Type.Null(),
      ]),
    ),
  }),
  numComments: Type.Optional(Type.Integer({ minimum: 0 })),
  // No paper is left out because something is wrong with its picture.
  thumbnail: Type.Optional(Type.Unknown()),
  mediaUrls: Type.Optional(Type.Unknown()),
});

const MAX_SUMMARY = 2000;

const checker = Compile(Item);

/** Reads one item of the daily papers answer; `reason` says what is wrong with a bad one. */
export function readItem(item: unknown): { listed: ListedPaper } | { reason: string } {
  if (!checker.Check(item)) {
    const [first] = checker.Errors(item);
    const place = first?.instancePath.replaceAll('/', '.').slice(1) || 'the item';
    return { reason: `${place} ${first?.message ?? 'is not as expected'}` };
  }
  const title = cleanText(item.paper.title);
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(title)) return { reason: 'paper.title is blank' };
  return { listed: toListed(item, title) };
}

/** The id that a bad item carries, for the log; `undefined` where it has none. */
export function parseId(item: unknown): string | undefined {
  const id = field(field(item, 'paper'), 'id');
  return typeof id === 'string' ? id.slice(0, 60) : undefined;
}

/** The day that an item is listed on, `null` where it does not say. */
export function submissionDay(item: unknown): Day | null {
  const places = [field(item, 'paper'), item].map((place) => field(place, 'submittedOnDailyAt'));
  return toDay(places.find((time) => typeof time === 'string'));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function toListed(item: Static<typeof Item>, title: string): ListedPaper {
  const { paper, numComments } = item;
  const arxiv = parseArxivId(paper.id);
  const arxivId = arxiv?.id ?? null;
  const stars = paper.githubStars;
  const keywords = (paper.ai_keywords ?? []).flatMap((word) => textOrNull(word, MAX_NAME) ?? []);
  return {
    paper: {
      id: paperId({ arxivId, doi: null, title }, paper.id),
      arxivId,
      doi: null,
      title,
      abstract: cleanText(paper.summary),
      summary: textOrNull(paper.ai_summary, MAX_SUMMARY),
      authors: paper.authors
        .filter((author) => author.hidden !== true)
        .flatMap((author) => textOrNull(author.name, MAX_NAME) ?? []),
      organisation: textOrNull(paper.organization?.fullname || paper.organization?.name, MAX_NAME),
      publishedOn: toDay(paper.publishedAt),
      url: `https://huggingface.co/papers/${arxivId ?? paper.id}`,
      pdfUrl: arxivId === null ? null : `https://arxiv.org/pdf/${arxivId}`,
      codeUrl: webUrl(paper.githubRepo),
      projectUrl: webUrl(paper.projectPage),
      ...toPicture([paper.mediaUrls, item.mediaUrls, item.thumbnail].flat()),
      keywords: [...new Set(keywords)].slice(0, MAX_KEYWORDS),
      categories: [],
      withdrawn: false,
    },
    version: arxiv?.version ?? undefined,
    signal: {
      upvotes: paper.upvotes,
      comments: numComments ?? 0,
      codeStars: typeof stars === 'number' && stars >= 0 ? Math.floor(stars) : null,
    },
  };
}
