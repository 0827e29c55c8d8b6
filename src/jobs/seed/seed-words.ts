/** What made-up papers and readers are put together from. */

/** A field of research that papers are made up in, with its words for interests to match. */
export interface Field {
  category: string;
  keywords: readonly string[];
  tasks: readonly string[];
}

export const FIELDS: readonly Field[] = [
  {
    category: 'cs.CL',
    keywords: ['language models', 'long context', 'retrieval'],
    tasks: ['question answering over long documents', 'summaries of meetings', 'translation'],
  },
  {
    category: 'cs.CV',
    keywords: ['image generation', 'diffusion', 'segmentation'],
    tasks: ['image editing', 'video segmentation', 'depth estimation', 'medical images'],
  },
  {
    category: 'cs.LG',
    keywords: ['reinforcement learning', 'fine-tuning', 'optimisation'],
    tasks: ['training on few examples', 'forecasts of time series', 'learning from preferences'],
  },
  {
    category: 'cs.RO',
    keywords: ['robotics', 'manipulation', 'world models'],
    tasks: ['grasping of soft objects', 'walking on rough ground', 'planning with a map'],
  },
  {
    category: 'cs.AI',
    keywords: ['agents', 'reasoning', 'tool use'],
    tasks: ['browsing by agents', 'proofs in algebra', 'planning of journeys', 'code repair'],
  },
  {
    category: 'cs.SD',
    keywords: ['speech', 'audio generation', 'music'],
    tasks: ['speech in noisy rooms', 'generation of music', 'separation of voices'],
  },
];

export const METHODS = [
  'sparse adapters',
  'nested tokens',
  'slow teachers',
  'paired rewards',
  'shared memories',
  'patient searches',
  'folded windows',
  'small critics',
  'mixed curricula',
  'lazy caches',
  'quiet experts',
  'borrowed features',
];

export const QUALITIES = [
  'Reliable',
  'Frugal',
  'Faster',
  'Calibrated',
  'Robust',
  'Open',
  'Compact',
  'Steady',
  'Interpretable',
  'Scalable',
];

/** Beginnings and ends of the names that papers give their systems. */
export const NAME_PARTS = [
  ['Lumi', 'Tera', 'Quill', 'Mori', 'Fern', 'Opal', 'Kite', 'Rivet', 'Sola', 'Vant'],
  ['Net', 'Former', 'Bench', 'Agent', 'Mix', 'Gen', 'Search', 'Coder', 'Sense', 'Flow'],
] as const;

export const FIRST_NAMES = [
  ...['Ada', 'Bela', 'Chidi', 'Dora', 'Emre', 'Freya', 'Goran', 'Hana', 'Ines', 'Jun', 'Kofi'],
  ...['Lena', 'Malik', 'Nora', 'Omar', 'Priya', 'Quinn', 'Rosa', 'Søren', 'Tomás', 'Uma', 'Vera'],
];

export const LAST_NAMES = [
  ...['Abel', 'Brandt', 'Costa', 'Dimitrov', 'Eriksen', 'Fujita', 'García', 'Haddad', 'Ivanova'],
  ...['Jansen', 'Kowalska', 'Lindqvist', 'Mensah', 'Novak', 'Okafor', 'Petrov', 'Quist', 'Rossi'],
  ...['Singh', 'Tanaka', 'Ueda', 'Varga', 'Weiss', 'Yılmaz', 'Zhou'],
];

export const LABS = [
  ...['Harbour Institute', 'Lab of Slow Machines', 'Northern Technical University'],
  ...['Institute for Plain Models', 'River Valley AI', 'Museum of Computing Research'],
];

export const TIMEZONES = [
  ...['Europe/Vienna', 'Europe/London', 'America/New_York', 'America/Los_Angeles', 'Asia/Tokyo'],
  ...['Asia/Kolkata', 'Australia/Sydney', 'America/Sao_Paulo', 'Africa/Nairobi', 'Asia/Seoul'],
];

export const COMMENTS = [
  'We have used it for a month, and it works.',
  'Mainly for the appendix.',
  'The data set is worth more than the model.',
  'A friend of mine wrote it, to be honest.',
];
