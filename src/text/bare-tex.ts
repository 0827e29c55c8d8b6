import { commandRules } from './bare-commands.js';
import type { Rule, RuleGroup } from './bare-rules.js';
import { signRules } from './bare-signs.js';

/**
 * Restores the commands of TeX whose backslashes, dollars and braces a source has eaten: Hugging Face
 * does so inside formulas, so that `$1.45\times$` arrives as `1.45times`. Most such names are words of
 * English or of programs too, and are read as commands only between numbers and single letters.
 */
export function restoreBareTex(text: string): string {
  let restored = text;
  for (const { where, rules } of GROUPS) {
    if (where.test(restored)) restored = rules.reduce(applyRule, restored);
  }
  return restored;
}

/** Whether any rule may find something. Most texts are ordinary, and are told apart here. */
export function mayBeBareTex(text: string): boolean {
  return (
    (NAMES.test(text) || text.includes('arrow')) && GROUPS.some(({ where }) => where.test(text))
  );
}

/** What all groups look for, in short: without one of these none of them finds anything. */
const NAMES =
  /(?:^|[^a-z])[A-Za-z]?(?:approx[ ~$\d-]|boldsymbol|cdot|cong |dots|emph\{|equiv |frac[\d{]|geq|gtrsim|in ?math|infty|langle|lceil|ldots|leq|lesssim|lfloor|log [A-Za-z][^A-Za-z]|mapsto|math(?:bb|bf|cal|frak|it|rm|scr|sf|tt)|neq|notin|odot|operatorname|oplus|otimes|perp |pm[ \d]|preceq|propto|setminus|sim(?:[ \d\\]|eq|math)|sqrt|subset|succeq|supset|text(?:\{|su[bp]|bf|it|md|normal|rm|sc|sf|sl|tt|up)|times|var[ept]|wedge )|[_^]|\d(?:,[A-Za-zµ]| ?mu[ smgLlAVWF])|[a-z]\{[A-Za-z]\}| (?:cap|circ|cup|ge|gg|le|ll|ne|vee) |[^A-Za-z][gl]e\d/;

function applyRule(text: string, [pattern, write]: Rule): string {
  return typeof write === 'string' ? text.replace(pattern, write) : text.replace(pattern, write);
}

/**
 * A dollar of a sum of money: `\1 million` was `\$1 million`. A small number alone may be a group of
 * a regular expression, and needs a word that speaks of money before it. The dollar is escaped, so
 * that it begins no formula.
 */
export function restoreDollars(text: string): string {
  if (!/\\\d/.test(text)) return text;
  return text.replace(SUM, (whole, sum: string, large: string, range: string, place: number) => {
    const before = text.slice(Math.max(place - LOOK_BACK, 0), place);
    if (/^0\d/.test(sum) || !BEFORE_SUM.test(before)) return whole;
    const isSum = large || range || /[.,]/.test(sum) || SPENDING.test(before);
    return isSum || (sum.length > 1 && AFTER_WORD.test(before)) ? `\\$${sum}${large ?? ''}` : whole;
  });
}

const SUM =
  /\\(\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,4})?)( ?(?:thousand|million|billion|trillion|bn)(?!\p{L})| ?[KMBkT](?![\p{L}\d]))?(?![\p{L}\d\\"'`[\]{}_^|*+?])(?=(--?\\\d|(?:\/| per )(?:1?[KM]|hour|hr|day|week|month|year|seat|user|run|task|query|token|image|video|GPU|paper|page|sample|call|episode|question|million|1,000))?)/gu;
const LOOK_BACK = 20;
const BEFORE_SUM = /(?:^|[\s(~≈/–-]|US|(?<!\p{L})<)$/u;
const SPENDING =
  /(?:^|\P{L})(?:at|only|costs?|costing|paid|pay|paying|spend|spending|spent|prices?|priced|budget|under|below|over|worth|saves?|saving|than|US|just)(?: of)? ?$|\\\d[\d.,]*[KMB]?--?$/iu;
/** A larger number in running text. Others may be characters in octal, or in style sheets. */
const AFTER_WORD = /(?<!(?:code|escape|octal|group|char|character) )(?<=\p{L}{2} |[(~≈])$/iu;

/** Thin spaces and micro signs before units. */
const unitRules: RuleGroup = {
  where: /\d(?:,[A-Za-zµ]| ?mu)/,
  rules: [
    // Of `\,` the comma is left. In a list of numbers a space follows it.
    [
      /(?<=\d),(?=(?:ms|ns|µs|Hz|[kMG]Hz|FPS|fps|[KMGT]i?B|mm|cm|km|nm|kg|mg|dB|kW|keV|MeV|GeV|TeV|px|TFLOPS|TFLOPs)(?![\p{L}\d]))/gu,
      ' ',
    ],
    [/(?<=\d\.\d{1,4}),(?=[smhgWVJKT](?![\p{L}\d]))/gu, ' '],
    [/(?<=(?<![\p{L}\d_.])\d[\d.]{0,8})mu ?(?=[smgLlAVWF](?![\p{L}\d]))/gu, 'µ'],
    [/(?<=\d )mu (?=[smgLlAVWF](?![\p{L}\d]))/gu, 'µ'],
  ],
};

const GROUPS: readonly RuleGroup[] = [...commandRules, ...signRules, unitRules];
