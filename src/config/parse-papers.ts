import { SCORE_WEIGHTS, type ScoreWeights } from '../papers/score.js';
import { CATEGORY } from '../sources/arxiv/arxiv-entry.js';
import { SOURCE_NAMES, type SourceName } from '../sources/source.js';
import { cleanLine } from '../text/clean.js';
import { InvalidValue } from './setting.js';

export function parseSources(text: string): SourceName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const known = SOURCE_NAMES.filter((name) => names.includes(name));
  if (names.length > 0 && known.length === names.length) return known;
  throw new InvalidValue(`a list of ${SOURCE_NAMES.join(', ')}`);
}

const MAX_BYLINE = 100;

/** Stands behind "by". */
export function parseByline(text: string): string {
  const line = cleanLine(text);
  if (line !== '' && line.length <= MAX_BYLINE) return line;
  throw new InvalidValue(`names to stand behind "by", of at most ${MAX_BYLINE} characters`);
}

export function parseCategories(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  if (names.length > 0 && names.every((name) => CATEGORY.test(name))) return names;
  throw new InvalidValue('categories of arXiv between commas, like cs.CL,stat.ML');
}

const MOST_WEIGHT = 10;

/** What is not named keeps its default. */
export function parseWeights(text: string): ScoreWeights {
  const weights: ScoreWeights = { ...SCORE_WEIGHTS };
  for (const part of text.split(',')) {
    const [name = '', number = '', ...rest] = part.split('=').map((side) => side.trim());
    const isWeight = Object.hasOwn(weights, name) && rest.length === 0;
    const least = name === 'fade' ? 0 : -MOST_WEIGHT;
    const isNumber = /^-?\d+(\.\d+)?$/.test(number) && Number(number) >= least;
    if (!isWeight || !isNumber || Number(number) > MOST_WEIGHT) throw new InvalidValue(WEIGHTS);
    weights[name as keyof ScoreWeights] = Number(number);
  }
  return weights;
}

const WEIGHTS = `any of ${Object.keys(SCORE_WEIGHTS).join(', ')} with a number up to ${MOST_WEIGHT} each, like base=1,authors=0.4; fade not below 0, the others not below -${MOST_WEIGHT}`;
