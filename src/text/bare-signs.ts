import { GREEK, type RuleGroup } from './bare-rules.js';
import { symbols } from './tex-symbols.js';

/** Not within a word, a name of a program, an option or a command that has its backslash. */
const FREE = String.raw`(?<![\p{L}\\_.@/#"'\x60=:-])`;
/** The end of a value: a number, a letter that stands alone, a bracket. */
const VALUE = String.raw`(?<=[\p{N}%°)\]|}]|(?<![\p{L}\p{N}'’])(?:\p{L}|${GREEK})(?:[_^]\w)?)`;
/** The beginning of one; a dollar of money may have been set aside. */
const NEXT = String.raw`(?=[-+−~$(|\\\uE000-\uF8FF]{0,2}\p{N}|(?![aAI](?: |$))[-+−(|]?\\?(?:\p{L}|${GREEK})(?![\p{L}\p{N}'’]))`;
/** Before a number that does. */
const NUMBER = String.raw`(?=[-+−~$\uE000-\uF8FF]{0,2}\p{N})`;
/** Right behind a number. One within a name such as `layer_4times` is none. */
const COUNT = String.raw`(?<=(?<=(?:times|sim|approx|arrow|[lgn]eq|[^\p{L}\p{N}_.,]|^)-?)\p{N}[\p{N}.,]{0,12}[%KMBk]?|[)\]}])`;

const sign = (name: string) => symbols.get(name) ?? name;
const replaceName = (_whole: string, before: string, name: string, after: string) =>
  `${before}${sign(name)}${after}`;

/** Operators and relations, which most often stand between two values. */
const BETWEEN =
  'approx|sim|simeq|cong|equiv|propto|leq|geq|neq|leqslant|geqslant|lesssim|gtrsim|ll|gg|cdot|oplus|otimes|odot|setminus|subseteq|supseteq|subset|supset|wedge|vee|perp|circ|cap|cup|preceq|succeq|notin';
/** Those of them that are neither words nor names where a number follows. */
const BEFORE_NUMBER = 'approx|leq|geq|neq|leqslant|geqslant|lesssim|gtrsim|simeq|propto';
const ARROW =
  '(?:[Ll]ong|hook)?(?:[Ll]eft|[Rr]ight|[Ll]eftright)arrow|(?:[Uu]p|[Dd]own|updown)arrow|mapsto';
/** Words beside an arrow that is the name of a key, an icon or a command. */
const KEY =
  '(?:the|an?|press|pressing|hit|hitting|keys?|icon|button|command|symbol|macro|use|using|and|or|of|named|called|class|cursor|is)';

/** Signs: what multiplies, compares, leads to something, or says how exact a number is. */
export const signRules: readonly RuleGroup[] = [
  {
    where: /\^ ?\{?circ/,
    rules: [
      [/(?<=[\p{N})])\s?\^ ?(?:\{circ\}|circ(?!\p{Ll})) ?(?=[CFK](?!\p{L}))/gu, '°'],
      [/(?<=[\p{N})])\s?\^ ?(?:\{circ\}|circ(?!\p{Ll}))/gu, '°'],
    ],
  },
  {
    where: /[^ ]times(?![A-Za-z]{2})|times ?\d|(?:^|[^A-Za-z])[A-Za-z] ?times/,
    rules: [
      // `1.45times`, `4times4`; not `2timestamps`.
      [new RegExp(String.raw`${COUNT}times(?!\p{Ll})`, 'gu'), '×'],
      [new RegExp(String.raw`${FREE}(?<!\p{N})times(?=\p{N})`, 'gu'), '×'],
      [/(?<![\p{L}\p{N}_\\'’])(\p{L})times(?= ?(?:\p{L}|\p{N}{1,5})(?![\p{L}'’]))/gu, '$1×'],
      [/(?<![\p{L}\p{N}_\\'’])(\p{L}) times (?=\1(?![\p{L}\p{N}'’]))/gu, '$1 × '],
      [/(?<![\p{L}\p{N}_\\'’])([B-HJ-Z]) times (?=[B-HJ-Z](?![\p{L}\p{N}'’]))/gu, '$1 × '],
      [
        /(?<![\p{L}\p{N}_.])(\p{N}[\p{N}.,]{0,12}[kK]?) times (?=(\p{N}{1,9}(?:[.,]\p{N}{1,9})?[kK]?)(\^| ?(?:times \p{N}|pixels?|px|resolutions?|grids?|images?|matri|patch|arrays?|kernels?|lattices?|voxels?)|))/gu,
        multiply,
      ],
      [/(?<=× \p{N}{1,9}) times (?=\p{N})/gu, ' × '],
    ],
  },
  {
    where: /sim ?(?:[\d\\]|math)|\dsim| sim [A-Z]\(/,
    rules: [
      // `10sim20`, `sim 10%`
      [/(?<=\p{N}[%KMBk]?) sim (?=\p{N})/gu, ' ∼ '],
      [new RegExp(String.raw`${COUNT}sim ?(?=\p{N})`, 'gu'), '∼'],
      [new RegExp(String.raw`${VALUE}( ?)sim( ?)(?=\\?mathcal|\p{Lu}\()`, 'gu'), '$1∼$2'],
      [
        /(?<=(\p{L}{1,12}|[(]|) ?)(?<![\p{L}\p{N}\\_.@/#"'`=:-])sim( ?)(?=(\p{N}[^\s]{0,12})( ?\p{L}{0,12}))/gu,
        roughly,
      ],
    ],
  },
  {
    where: new RegExp(
      ` (?:${BETWEEN}|le|ge|ne) |[^A-Za-z][gl]e\\d|(?:${BEFORE_NUMBER}|cdot|otimes|oplus)[ ~$\\d-]`,
    ),
    rules: [
      [
        new RegExp(`(?:${FREE}(?<!\\p{N})|${COUNT})()(${BEFORE_NUMBER})( ?)${NUMBER}`, 'gu'),
        replaceName,
      ],
      [new RegExp(`${VALUE}( )(${BETWEEN})( )${NEXT}`, 'gu'), replaceName],
      [
        new RegExp(
          String.raw`(?:${COUNT}|(?<=(?<![\p{L}\p{N}_'’}])\p{L}))()(leq|geq|neq|approx|cdot|otimes|oplus)( (?=\p{L}(?![\p{L}'’]))| ?(?=[-+~$]?\p{N}))`,
          'gu',
        ),
        replaceName,
      ],
      [/(?<=^|[\s(])(le|ge)(?=\p{N}{1,3}(?:\.\p{N}+)?%)/gu, (name) => sign(name)],
      [
        /(?<=\p{N} |(?<![\p{L}\p{N}'’])[b-df-hj-np-xzB-DF-HJ-NP-XZ] )(le|ge|ne)(?= \p{N})/gu,
        (name) => sign(name),
      ],
    ],
  },
  {
    where: /\d%? ?pm|pm ?\d/,
    rules: [
      // `0.69 pm 0.16`; not `at 5 pm 20 people`, `5.30 pm`, `pm2.5`.
      [
        /(?<=(?<![\p{L}_][\p{N}.]{0,6})\p{N}\.\p{N}{1,4}%?)( ?)pm( ?)(?=\p{N}{1,3}\.\p{N})/gu,
        '$1±$2',
      ],
      [/(?<=\p{N}% )pm(?= \p{N})/gu, '±'],
      [
        /(?<=(?<![\p{N}.:])(?:\p{N}{2,4} |\p{N}{1,3}\.(?:\p{N}|[6-9]\p{N}|\p{N}{3,4}) ))pm(?= \p{N}{1,3}(?:\.\p{N}|%))/gu,
        '±',
      ],
      [/(?<=(?<![\p{N}.:])\p{N}{1,3}\.(?:\p{N}|[6-9]\p{N}) )pm(?= \p{N}{1,3}(?![\p{N}:.]))/gu, '±'],
      [
        /(?<=[(±] ?|(?:within|of|by|at|to) )pm( ?)(?=\p{N}{1,3}(?:\.\p{N}{1,3})?(?:%|°|\)))/gu,
        '±$1',
      ],
    ],
  },
  {
    where: /arrow|mapsto/,
    rules: [
      [/(?<=^|[\s(])()((?:up|down)arrow)()(?=\p{N})/gu, replaceName],
      // Arrows between values, words or in brackets.
      [
        new RegExp(
          String.raw`(?:${COUNT}|(?<=[\p{Lu}%]))()(${ARROW})()(?=[\p{N}\p{Lu}(]|$|[ ),;])`,
          'gu',
        ),
        replaceName,
      ],
      [/(?<=\p{Ll}{2})()(rightarrow|leftrightarrow)()(?=\p{L}{2})/gu, replaceName],
      [
        new RegExp(
          String.raw`(?<=^|[\p{L}\p{N}%)\]}”°]|[(])(?<!(?:^|[^\p{L}])${KEY})( |(?<=\())(${ARROW})( ?)(?=[\p{N}+−~$-]|$|[),;]|\. |\.$|(?<= )(?!${KEY}(?!\p{L})|to )[\p{L}([“\\])`,
          'gu',
        ),
        replaceName,
      ],
      [new RegExp(String.raw`(?<=^)()(${ARROW})( )(?=\p{N})`, 'gu'), replaceName],
    ],
  },
  {
    where: /infty|dots|cdot/,
    rules: [
      [/(?<=\p{L}) to (?=[+-]?infty(?!\p{L}))/gu, ' → '],
      [/(?<![\\\p{L}\p{N}.])infty(?![\p{L}\p{N}_(])/gu, '∞'],
      [
        /(?<=(?:\p{N}|(?<![\p{L}\p{N}])\p{L}(?:_\w)?),)( ?)[lc]?dots(?=, ?[\p{L}\p{N}](?!\p{L}))/gu,
        '$1…',
      ],
      [/(?<![\\\p{L}\p{N}_.-])(ldots|cdots)(?![\p{L}\p{N}_(])/gu, (name) => sign(name)],
      [new RegExp(String.raw`${COUNT}( ?)cdot( ?)(?=\p{N})`, 'gu'), '$1·$2'],
    ],
  },
];

/** Two numbers with `times` between them: sides of a picture, or a power of ten, but not "3 times 5". */
function multiply(whole: string, left: string, right: string, behind: string): string {
  const isProduct = behind !== '' || left === right || Math.min(Number(left), Number(right)) >= 32;
  return isProduct ? `${left} × ` : whole;
}

/** A number of something that is clearly one, and none of a name such as `sim2real`. */
const AMOUNT =
  /^\p{N}[\p{N},]*(?:\.\p{N}+)?(?:\\?%|[KMBTk](?!\p{L})|[KMGT]B(?!\p{L})|(?:×|x)(?!\p{L})|\^|ms(?!\p{L})|°)/u;
const DECIMAL = /^\p{N}+\.\p{N}/u;
const ROUND = /^\p{N}{2,}(?:,\p{N}{3})*[).,;:]?$/u;
const COUNTED =
  /^ (?:hours?|minutes?|mins?|seconds?|secs?|ms|days?|weeks?|months?|years?|points?|tokens?|steps?|orders?|samples?|parameters?|params?|GPUs?|times|percent|million|billion|thousand|frames?|images?|videos?|models?|tasks?|papers?|layers?|pp|GB|MB|K|M|B|s|x)$/u;
const LEADING =
  /^(?:\(|of|to|by|with|at|only|from|about|than|over|under|using|uses|takes?|requires?|requiring|achiev\p{L}*|reach\p{L}*|contains?|just|up|for)$/u;

/** `sim` before a number is "about", unless it is short for "simulation" or the name of something. */
function roughly(
  whole: string,
  before: string,
  space: string,
  number: string,
  next: string,
): string {
  const strong = AMOUNT.test(number) || DECIMAL.test(number) || COUNTED.test(next);
  const plain =
    ROUND.test(number) && (space === '' ? /^ \p{Ll}/u.test(next) : LEADING.test(before));
  const isSimulation =
    /^(?:dual|nano|micro|our|e)$/.test(before) || (before === 'in' && !COUNTED.test(next));
  return !isSimulation && (strong || plain) ? `∼${space}` : whole;
}
