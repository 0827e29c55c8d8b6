/** One start tag, with what stands in its attributes; `true` for one without a value. */
export interface Tag {
  name: string;
  attributes: Record<string, string | true>;
  /** Where it begins in the source. */
  at: number;
}

const TAG = /<([a-zA-Z][\w:-]*)((?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*\/?>/g;
const ATTRIBUTE = /([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

/** The start tags of a page, in order. */
export function tags(html: string, name?: string): Tag[] {
  const found = [...html.matchAll(TAG)].map(([, tag = '', attributes = ''], index) => ({
    name: tag.toLowerCase(),
    attributes: attributesOf(attributes),
    at: index,
  }));
  return name === undefined ? found : found.filter((tag) => tag.name === name);
}

export function attribute(tag: Tag | undefined, name: string): string | undefined {
  const value = tag?.attributes[name];
  return value === true ? '' : value;
}

/** What people read: without tags, entities resolved, white space folded. */
export function textOf(html: string): string {
  const words = html.replace(/<(style|script|title)[\s>][\s\S]*?<\/\1>/g, ' ');
  return decode(words.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** The text of the first element of a name. */
export function elementText(html: string, name: string): string | undefined {
  const inner = new RegExp(`<${name}[^>]*>([\\s\\S]*?)</${name}>`).exec(html)?.[1];
  return inner === undefined ? undefined : textOf(inner);
}

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** Reads XML strictly enough that whatever is not well-formed fails. */
export function parseXml(source: string): XmlElement {
  const body = source.replace(/^<\?xml version="1\.0" encoding="utf-8"\?>\s*/, '');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (const [token] of body.matchAll(/<[^<>]*>|[^<>]+|[<>]/g)) {
    const element = open.at(-1);
    if (element === undefined) throw new Error(`Nothing is open at ${token}`);
    if (token.startsWith('</')) closeElement(open, token);
    else if (token.startsWith('<')) openElement(open, element, token);
    else element.text += xmlText(token);
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || !only || others.length > 0 || root.text.trim() !== '') {
    throw new Error('There must be one root element, closed.');
  }
  return only;
}

function openElement(open: XmlElement[], parent: XmlElement, token: string): void {
  const match = /^<([A-Za-z][\w:.-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>$/.exec(token);
  if (!match) throw new Error(`Not a tag: ${token}`);
  const [, name = '', attributes = '', empty] = match;
  const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, key = '', value = '']) => [key, xmlText(value)] as const,
  );
  const element = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
  parent.children.push(element);
  if (empty === '') open.push(element);
}

function closeElement(open: XmlElement[], token: string): void {
  const element = open.pop();
  if (token !== `</${element?.name}>`) throw new Error(`${token} closes <${element?.name}>`);
}

function xmlText(text: string): string {
  const strays = text.replace(/&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);/g, '');
  if (strays.includes('&')) throw new Error(`An entity that XML does not know: ${text}`);
  return decode(text);
}

function attributesOf(source: string): Record<string, string | true> {
  const pairs = [...source.matchAll(ATTRIBUTE)].map(
    ([, name = '', double, single, bare]) =>
      [name.toLowerCase(), decode(double ?? single ?? bare ?? '\0')] as const,
  );
  return Object.fromEntries(pairs.map(([name, value]) => [name, value === '\0' ? true : value]));
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(#\d+|#x[\da-fA-F]+|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}

/**
 * The elements of a page with the names of their attributes. Which language a text is in differs from
 * text to text, and is found by its letters.
 */
export function toShape(html: string): string[] {
  return tags(html).map(({ name, attributes }) => {
    const names = Object.keys(attributes).filter((attribute) => attribute !== 'lang');
    return `${name} ${names.join(' ')}`;
  });
}
