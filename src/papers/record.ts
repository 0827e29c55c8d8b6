import type { Day } from '../base/day.js';
import { normaliseTitle, paperId, titleKey } from './identity.js';
import type { ListedPaper, Paper } from './paper.js';

/** The fields of a paper that sources give; what it is stored under follows from them. */
export const FIELDS = [
  'doi',
  'title',
  'abstract',
  'summary',
  'authors',
  'organisation',
  'publishedOn',
  'url',
  'pdfUrl',
  'codeUrl',
  'projectUrl',
  'pictureUrl',
  'keywords',
  'categories',
  'withdrawn',
] as const;
export type FieldName = (typeof FIELDS)[number];

/** Of which version of the paper, and for which day, a source gave a field. */
interface Mark {
  version: number;
  day: Day;
}

/** What a source has said of a paper, field by field. What it left blank is not there. */
export type ObservedFields = { [Name in FieldName]?: Mark & { value: Required<Paper>[Name] } };

/** What one source says of one paper, from all its answers. */
export interface PaperRecord {
  source: string;
  /** What the paper would be stored under if only this record existed. */
  key: string;
  arxivId: string | null;
  /** What its title is compared by; `null` for titles that several papers may well have. */
  titleKey: string | null;
  fields: ObservedFields;
}

/** Takes what a source lists for `day` into its record, a new one where there is none. */
export function addObservation(
  source: string,
  day: Day,
  { paper, version = 0 }: ListedPaper,
  known?: PaperRecord,
): PaperRecord {
  const fields = { ...known?.fields };
  for (const name of FIELDS) observeField(fields, name, paper, { version, day });
  return {
    source,
    key: paperId(paper, paper.id),
    arxivId: paper.arxivId,
    titleKey: comparableTitle(fields.title?.value ?? ''),
    fields,
  };
}

export function toDoi({ fields }: PaperRecord): string | null {
  return fields.doi?.value ?? null;
}

/** What is in the paper itself. Code, pages and what others write of it have no versions. */
const OF_A_VERSION: ReadonlySet<FieldName> = new Set([
  ...(['doi', 'title', 'abstract', 'authors', 'categories', 'withdrawn'] as const),
]);

/**
 * Of what is in the paper, a newer version beats an older one, then a later day an earlier one; of
 * the rest it is the day first. Then the newer answer. Not simply the newer answer: days may be
 * fetched in any order.
 */
function observeField<Name extends FieldName>(
  fields: ObservedFields,
  name: Name,
  paper: Paper,
  mark: Mark,
): void {
  const value = paper[name];
  const known = fields[name];
  if (isBlank(value)) return;
  if (known && isNewer(known, mark, OF_A_VERSION.has(name))) return;
  fields[name] = { value, ...mark } as ObservedFields[Name];
}

function isNewer(a: Mark, b: Mark, byVersion: boolean): boolean {
  const version = a.version - b.version;
  const day = Number(a.day > b.day) - Number(a.day < b.day);
  return (byVersion ? version || day : day || version) > 0;
}

function isBlank(value: Paper[FieldName]): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** Letters and digits of the shortest title by which a paper can be told from others. */
const LONG_ENOUGH = 20;

function comparableTitle(title: string): string | null {
  const letters = normaliseTitle(title).replaceAll(' ', '');
  return letters.length < LONG_ENOUGH ? null : titleKey(title);
}
