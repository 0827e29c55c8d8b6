import { Parser } from 'htmlparser2';

/** An element of XML: its names as they are written, prefixes included. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  /** What stands directly in it. */
  text: string;
  children: Element[];
}

/** Elements nested deeper than this are a trick, and left out. */
const MAX_DEPTH = 50;

/** Reads XML without entities of its own making, so that a small document stays small. */
export function parseXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  let skipped = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (open.length > MAX_DEPTH) {
          skipped++;
          return;
        }
        const element = { name, attributes, text: '', children: [] };
        open.at(-1)?.children.push(element);
        open.push(element);
      },
      ontext(text) {
        const inner = open.at(-1);
        if (inner && skipped === 0) inner.text += text;
      },
      onclosetag() {
        if (skipped > 0) skipped--;
        else if (open.length > 1) open.pop();
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return root;
}

export function findChildren(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

export function findChild(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((child) => child.name === name);
}

export function findText(element: Element | undefined, name: string): string {
  return findChild(element, name)?.text.trim() ?? '';
}
