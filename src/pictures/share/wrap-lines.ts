/** How wide a text is. */
export type Measure = (text: string) => number;

/** Where a line may break that has no spaces: between letters of East Asia. */
const PIECES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}][\u3000-\u303f\uff00-\uff0f]*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\s+/gu;

/** Breaks a text into lines that are no wider than `room`; a word that is wider by itself is broken. */
export function wrapLines(text: string, room: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line = '';
  const end = () => {
    if (line.trim() !== '') lines.push(line.trim());
    line = '';
  };
  for (const piece of text.match(PIECES) ?? []) {
    if (measure((line + piece).trim()) <= room) {
      line += piece;
      continue;
    }
    end();
    line = piece.trimStart();
    while (measure(line) > room) {
      const head = fitting(line, room, measure);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  end();
  return lines;
}

/** The text, or as much of it as has room before an ellipsis, after whole words where there are some. */
export function cutLine(text: string, room: number, measure: Measure): string {
  if (measure(text) <= room) return text;
  const head = fitting(text, room - measure('…'), measure);
  const words = head.replace(/\s+\S*$/, '');
  const kept = words.length > head.length / 2 ? words : head;
  return `${kept.replace(/[\s.,;:–—-]+$/, '')}…`;
}

/** As many whole letters as there is room for, at least one. */
function fitting(text: string, room: number, measure: Measure): string {
  const letters = [...text];
  let fits = 1;
  let tooMany = letters.length;
  while (tooMany - fits > 1) {
    const tried = Math.floor((fits + tooMany) / 2);
    if (measure(letters.slice(0, tried).join('')) <= room) fits = tried;
    else tooMany = tried;
  }
  return letters.slice(0, fits).join('');
}
