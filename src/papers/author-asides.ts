const OPENING = '([（【';
const CLOSING = ')]）】';

const ADDRESS = /^\s*\S{1,100}@\S{1,100}\s*\((.{1,200})\)\s*$/s;
const ET_AL = /[\s,;，、]*(?:(?:and|&)\s+)?(?:\bet\.?\s*al(?:ii|\.|\b)\.?|…|\.\.\.)\s*$/i;
const OTHERS =
  /[\s,;]+(?:and|&|\+)\s*(?:(?:\d+|many)\s+)?(?:others|more|more authors|other authors)\.?\s*$/i;
const EASTERN_OTHERS = /(?<=\p{Script=Han})[\s,，、]*等人?\s*$/u;
const HEADING = /^\s*(?:(?:authors?|by)\s*:|by\s)\s*/i;

/** A list of authors without what is said beside: affiliations, addresses, `et al.` */
export function withoutAsides(list: string): string {
  // RSS 2.0 wants an address, and has the name behind it.
  const [, named] = ADDRESS.exec(list) ?? [];
  const bare = withoutBrackets((named ?? list).replace(/<[^<>\s]{0,100}@[^<>\s]{0,100}>/g, ''));
  return withoutOthers(
    foldRuns(bare)
      .replace(HEADING, '')
      .replace(/ (?=[,;])/g, '')
      .trim(),
  );
}

/** Where something was left out between two separators, or nothing was written, one is enough. */
function foldRuns(list: string): string {
  const parts = list.split(/([,;，；、])/);
  let folded = parts[0] ?? '';
  for (let at = 1; at < parts.length; at += 2) {
    const [mark = '', text = ''] = [parts[at], parts[at + 1]];
    if (text.trim() !== '' || at + 2 >= parts.length) folded += mark + text;
    else if (mark === ';') parts[at + 2] = ';';
  }
  return folded.replace(/\s+/g, ' ');
}

function withoutOthers(list: string): string {
  return [ET_AL, OTHERS, EASTERN_OTHERS].reduce((text, others) => text.replace(others, ''), list);
}

/** `Ada (Cambridge), Bob [2]` loses its brackets, `Wei (Wayne) Zhang` keeps them. */
function withoutBrackets(list: string): string {
  const groups = findBrackets(list);
  if (groups === null) return list;
  let kept = '';
  let from = 0;
  for (const [start, end] of groups) {
    kept += list.slice(from, start);
    from = end;
    const before = list.slice(Math.max(start - 5, 0), start);
    const isWithinName = NAME_BEHIND.test(before) && NAME_AHEAD.test(list.slice(end, end + 20));
    if (isWithinName) kept += list.slice(start, end);
  }
  kept += list.slice(from);
  return /\p{L}/u.test(kept) ? kept : list.replace(/[()[\]（）【】]/g, '');
}

const NAME_BEHIND = /[\p{L}.]\s*$/u;
const NAME_AHEAD = /^\s*(?!(?:and|et|und)\s)\p{L}/u;

/** From where to where the outermost brackets go; `null` where they do not fit together. */
function findBrackets(list: string): [number, number][] | null {
  const groups: [number, number][] = [];
  const open: { mark: string; at: number }[] = [];
  for (let at = 0; at < list.length; at++) {
    const mark = list.charAt(at);
    if (OPENING.includes(mark)) open.push({ mark, at });
    else if (CLOSING.includes(mark)) {
      const begin = open.pop();
      if (begin?.mark !== OPENING.charAt(CLOSING.indexOf(mark))) return null;
      if (open.length === 0) groups.push([begin.at, at + 1]);
    }
  }
  return open.length > 0 ? null : groups;
}
