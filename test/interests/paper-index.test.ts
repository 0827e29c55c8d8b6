import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PaperIndex } from '../../src/interests/paper-index.js';
import { TOPICS } from '../../src/interests/topics.js';
import type { Paper } from '../../src/papers/paper.js';
import { rated } from '../papers/rated.js';
import { expectLinear } from '../support/growth.js';

function index(changes: Partial<Paper>): PaperIndex {
  return new PaperIndex([
    { ...rated('2603.99001', {}, { abstract: '', authors: [] }), ...changes },
  ]);
}

const about = (keyword: string, title: string) => index({ title }).about(keyword).length === 1;

describe('a keyword', () => {
  test.each([
    // Stems.
    ['diffusion', 'Diffusions and more'],
    ['agents', 'An agent that plans'],
    ['Reasoning', 'How to reason'],
    ['quantization', 'Quantized models'],
    ['retrieve', 'What is retrieved'],
    ['covering', 'Covered ground'],
    // Case, accents, width.
    ['fréchet', 'A FRECHET distance'],
    ['Frechet', 'A Fréchet distance'],
    ['godel', 'Mendel Gödel Machine'],
    ['ﬂow matching', 'Flow matching'],
    ['ｄｉｆｆｕｓｉｏｎ', 'diffusion'],
    // Phrases.
    ['flow matching', 'On flow-matching losses'],
    ['large language model', 'Large Language Models everywhere'],
    ["Bayes' theorem", "Bayes's theorem again"],
    // Hyphens.
    ...['few-shot', 'few shot', 'fewshot', 'Few‑Shot'].flatMap((a) =>
      ['few-shot', 'few shot', 'fewshot', 'FEW–SHOT'].map((b) => [a, `${b} learning`]),
    ),
    ['state-of-the-art', 'state of the art'],
    ['pretraining', 'pre-training'],
    ['multi modal', 'multimodal'],
    ['text-to-image', 'Text to image'],
    ['xray', 'x-ray'],
    // Greek.
    ['alpha divergence', 'The α-divergence'],
    ['α-divergence', 'alpha-divergence'],
    ['ε greedy', 'epsilon-greedy'],
    ['pi0', 'π₀ and its policy'],
    ['μP', 'muP'],
    ['Δ', 'delta'],
    // Abbreviations.
    ['RAG', 'RAG for all'],
    ['RAG', 'RAG-based search'],
    ['GAN', 'GANs revisited'],
    ['LLMs', 'An LLM judge'],
    ['rag', 'RAG for all'],
    ['RAG systems', 'A rag system'],
    // Others.
    ['C++', 'From C++ to Rust'],
    ['GPT-4', 'GPT4 as a judge'],
    ['Qwen2.5', 'Qwen 2.5 report'],
    ['3D', '3D scenes'],
    // Without spaces, or with them at will.
    ['大语言模型', '面向大语言模型的强化学习'],
    ['大 语言 模型', '大语言模型'],
    ['模型', '大语言模型'],
    ['图', '知识图谱'],
    ['LLM大模型', 'LLM 大模型综述'],
    ['LLM 大模型', 'LLM大模型综述'],
    ['大模型', 'LLM大模型'],
    ['LLM', 'LLM大模型'],
    ['ＬＬＭ大模型', 'LLM大模型'],
    ['拡散モデル', '拡散モデルによる生成'],
    ['拡散ﾓﾃﾞﾙ', '拡散モデルによる生成'],
    ['ｶﾞｳｽ過程', 'ガウス過程'],
    ['ディープ・ラーニング', 'ディープラーニング'],
    ['강화 학습', '강화학습을 이용한'],
    ['강화학습', '강화 학습을 이용한'],
    ['강화학습'.normalize('NFD'), '강화학습'],
    ['𠮷野家', '𠮷野家の研究'],
    // Letters that are no letter and an accent.
    ['strasse', 'Straße'],
    ['Łódź', 'Lodz'],
    ['orsted', 'Ørsted'],
    ['Ǿdegard', 'Odegard'],
    ['æther', 'Aether'],
    ['aydın', 'Aydin'],
    ['đorđe', 'Dorde'],
    ['þór', 'Thor'],
    // What is inside words unread.
    ['few\u00ADshot', 'fewshot'],
    ['diff\u200Cusion\u200D', 'diffusion'],
    ['diffusion', 'diff\u00ADusion'],
    ['می\u200Cخواهم', 'میخواهم'],
  ])('%s is in “%s”', (keyword, title) => {
    expect(about(keyword, title)).toBe(true);
  });

  test.each([
    ['RL', 'World models'],
    ['RL', 'rl'],
    ['RAG', 'A rag doll'],
    ['RAG', 'Fragments and dragons'],
    ['GAN', 'CycleGAN'],
    ['GAN', 'Organ growth'],
    ['CLIP', 'Gradients that clip'],
    ['language model', 'A model of language'],
    ['flow matching', 'Flow and matching'],
    ['flow matching', 'Matching flow'],
    ['together', 'What to get her'],
    ['型模', '大语言模型'],
    ['语模', '大语言模型'],
    ['カウス', 'ガウス過程'],
    ['モテル', '拡散モデル'],
    ['학습 강화', '강화 학습'],
    ['LM大模型', 'LLM大模型'],
    ['吉野家', '𠮷野家'],
    ['art', 'Start of a cart'],
    ['transformer', 'Transforming data'],
    ['transformer', 'A transformation'],
    ['encoder', 'Encoding'],
    ['university', 'Universal laws'],
    ['animal', 'Animation'],
    ['general', 'Generation'],
    ['C++', 'C is a language'],
    ['α', 'Ααβγ'],
    ['GPT-4', 'GPT-41'],
    ['', 'Anything'],
    ['—', 'A — B'],
  ])('%s is not in “%s”', (keyword, title) => {
    expect(about(keyword, title)).toBe(false);
  });

  test('does not go on from one text into the next', () => {
    const paper = index({
      title: 'On flow',
      abstract: 'Matching.',
      keywords: ['a flow', 'matching'],
    });
    expect(paper.about('flow matching')).toEqual([]);
  });

  test('weighs most in a title, least in an abstract', () => {
    const papers = [
      { ...rated('a'), abstract: 'diffusion' },
      { ...rated('b'), summary: 'diffusion', abstract: 'diffusion' },
      { ...rated('c'), keywords: ['diffusion'] },
      { ...rated('d'), title: 'diffusion' },
      rated('e'),
    ];
    const hits = new PaperIndex(papers).about('diffusion');
    expect(hits.map(({ paper }) => paper)).toEqual([0, 1, 2, 3]);
    const weights = hits.map(({ weight }) => weight);
    expect([...new Set(weights)].sort((a, b) => a - b)).toEqual(weights);
  });

  test('among the tags of a paper an abbreviation may be in lower case', () => {
    expect(index({ keywords: ['rag pipelines'] }).about('RAG')).toHaveLength(1);
  });
});

describe('an author', () => {
  test.each([
    ['Jane Doe', 'Jane Doe', true],
    ['jane doe', 'Jane DOE', true],
    ['J. Doe', 'Jane Doe', true],
    ['Jane Doe', 'J. Doe', true],
    ['Jane Doe', 'Jane Q. Doe', true],
    ['Jane Quinn Doe', 'J. Q. Doe', true],
    ['Jose Garcia', 'José García', true],
    ['Jean-Pierre Serre', 'J.-P. Serre', true],
    ['Xiaoli Meng', 'Xiao-Li Meng', true],
    ['Yann Le Cun', 'Yann LeCun', true],
    ['Sammy Davis', 'Sammy Davis Jr.', true],
    ['DeepSeek-AI', 'DeepSeek AI', true],
    ['Doe, Jane', 'Jane Doe', true],
    ['Sammy Davis, Jr.', 'Sammy Davis', true],
    ['Łukasz Kaiser', 'Lukasz Kaiser', true],
    ['王小明', '王小明', true],
    ['王 小明', '王小明', true],
    ['王明', '王小明', false],
    ['小明', '王小明', false],
    ['Jane Doe', 'Janet Doe', false],
    ['Jane Doe', 'John Doe', false],
    ['Jane Q. Doe', 'Jane R. Doe', false],
    ['Jane Doe', 'Doe Jane', false],
    ['Doe', 'Jane Doe', false],
    ['Jane', 'Jane Doe', false],
    ['Jane Doe', 'Jane Doering', false],
    ['—', 'Jane Doe', false],
  ])('%s and %s: %s', (followed, author, same) => {
    const paper = index({ authors: ['Ada Lovelace', author] });
    expect(paper.by(followed)).toHaveLength(same ? 1 : 0);
  });
});

describe('an organisation', () => {
  test.each([
    ['nvidia', 'NVIDIA', true],
    ['NVIDIA Corp.', 'NVIDIA', true],
    ['Google', 'Google DeepMind', true],
    ['DeepSeek AI', 'deepseek-ai', true],
    ['ETH Zürich', 'ETH Zurich', true],
    ['The University of Oxford', 'University of Oxford', true],
    ['清华', '清华大学', true],
    ['清華大學', '清華大學', true],
    ['ETH Łódź', 'ETH Lodz', true],
    ['DeepMind', 'Google DeepMind', false],
    ['大学', '清华大学', false],
    ['Meta', 'MetaX', false],
    ['Oxford', 'University of Oxford', false],
    ['!', 'NVIDIA', false],
  ])('%s and %s: %s', (followed, organisation, same) => {
    expect(index({ organisation }).from(followed)).toHaveLength(same ? 1 : 0);
  });
});

describe('a topic', () => {
  test('is found by the words of a paper or by its categories', () => {
    const says = index({ title: 'Robots that fold', abstract: 'A robot folds towels.' });
    expect(says.findTopics(0)).toContain('robotics');
    expect(says.on('Robotics')).toHaveLength(1);
    expect(says.on('robotics')).toHaveLength(1);
    expect(index({ categories: ['cs.RO'] }).findTopics(0)).toEqual(['robotics']);
    expect(index({ categories: ['cs.LG', 'cs.RO'] }).findTopics(0)).toEqual([]);
    const listedToo = index({ categories: ['cs.LG', 'cs.RO'], summary: 'It moves a robot.' });
    expect(listedToo.findTopics(0)).toEqual(['robotics']);
    expect(index({ abstract: 'Unlike a robot, it does not move.' }).findTopics(0)).toEqual([]);
  });

  test('may be an arXiv category, or a tag that papers carry', () => {
    const paper = index({
      categories: ['cs.CV', 'cs.LG'],
      keywords: ['world models'],
      title: 'Rain',
    });
    expect(paper.on('cs.cv')).toHaveLength(1);
    expect(paper.on('cs.LG')).toHaveLength(1);
    expect(paper.on('cs.CL')).toEqual([]);
    expect(paper.on('World model')).toHaveLength(1);
    expect(paper.on('rain')).toEqual([]);
  });

  test('may be either name of a category that has two', () => {
    for (const categories of [['eess.SY'], ['cs.SY']]) {
      for (const name of ['cs.SY', 'eess.sy']) {
        expect(index({ categories }).on(name)).toHaveLength(1);
      }
    }
    // The topic of theory has math.ST.
    expect(index({ categories: ['stat.TH'] }).findTopics(0)).toEqual(['theory-and-statistics']);
  });

  test('has a slug of its own, and words', () => {
    expect(new Set(TOPICS.map(({ slug }) => slug)).size).toBe(TOPICS.length);
    for (const { slug, phrases } of TOPICS) {
      expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      for (const phrase of phrases) expect(about(phrase, `Of ${phrase} today`)).toBe(true);
    }
  });
});

test('every question has an answer, the same each time', () => {
  const papers = [
    rated('a', {}, { title: 'A $\\alpha$ of RAG^{+} (α)', keywords: ['x'] }),
    rated('b'),
  ];
  const paper = new PaperIndex(papers);
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('α', '-', ' ', 'R', 'a', '__proto__', '\u0301', '=', '.', '('),
    }),
  );
  fc.assert(
    fc.property(text, (words) => {
      for (const ask of ['about', 'by', 'from', 'on'] as const) {
        const hits = paper[ask](words);
        expect(new PaperIndex(papers)[ask](words)).toEqual(hits);
        for (const hit of hits) expect([0, 1]).toContain(hit.paper);
      }
    }),
  );
});

test.each([
  ['digits', '1 '],
  ['words', 'aaa '],
  ['hyphens', 'a-'],
])('a phrase that goes on and on (%s) is looked for once at each place', (_, word) => {
  expect(index({ title: `${word.repeat(38)}x` }).about(word.repeat(40))).toHaveLength(0);
  return expectLinear((parts) => {
    const text = word.repeat(parts * 500);
    const long = index({ title: `${text}x`, abstract: text });
    const keyword = word.repeat(80 / word.length);
    expect(long.about(keyword)).toHaveLength(1);
    expect(long.about(`${keyword.slice(0, -3 * word.length)}x x`)).toHaveLength(0);
  });
});

test('any word of a title is found in it, however it is written', () => {
  const word = fc.stringMatching(/^[a-z]{5,9}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(), (words, pick) => {
      const one = words[pick % words.length] ?? '';
      const paper = index({ title: words.join(' ') });
      expect(paper.about(one)).toHaveLength(1);
      expect(paper.about(one[0]?.toUpperCase() + one.slice(1))).toHaveLength(1);
      expect(paper.about(words.slice(0, 3).join('-'))).toHaveLength(1);
    }),
  );
});
