/** The tags of a record in the order in which they stand (RFC 6376 §3.2), names in lower case. */
export interface TagList {
  tags: ReadonlyMap<string, string>;
  /** The first tag's name. */
  first: string;
  /** Parts that are none, and tags that are there twice. */
  faults: string[];
}

/** White space around names and values counts for nothing. */
export function parseTags(text: string): TagList {
  const tags = new Map<string, string>();
  const faults: string[] = [];
  let first = '';
  for (const part of text.split(';').map((one) => one.trim())) {
    if (part === '') continue;
    const [, name = '', value = ''] = /^([a-z][a-z0-9_]*)\s*=\s*(.*)$/is.exec(part) ?? [];
    const key = name.toLowerCase();
    if (key === '') faults.push(`"${clip(part)}" is no tag`);
    else if (tags.has(key)) faults.push(`"${key}=" is there twice`);
    else tags.set(key, value.trim());
    if (first === '') first = key;
  }
  return { tags, first, faults };
}

/** So that a finding stays a line. */
function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
