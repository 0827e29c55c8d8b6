import { GREEK, type RuleGroup } from './bare-rules.js';
import { hollow } from './tex-forms.js';

/** Not within a word, a name of a program or a command that has its backslash. */
const FREE = String.raw`(?<![\p{L}\p{N}\\_.$@/-])`;
const END = String.raw`(?![\p{L}\p{N}_])`;
const STYLED =
  'text(?:bf|it|tt|sc|sf|rm|up|sl|md|normal)|math(?:bf|it|rm|sf|tt|cal|frak|scr|bb)|boldsymbol|operatorname';

/** Marks on a single letter that kept its braces. */
const ACCENTED =
  /(?<![\\\p{L}\p{N}_.-])((?:wide)?(?:hat|tilde)|bar|vec|dot|overline)(?=\{[A-Za-z]\})/gu;

/** Commands that style their argument, and others that have one: roots, fractions, indices. */
export const commandRules: readonly RuleGroup[] = [
  {
    where:
      /(?:text|math)(?:bf|it|tt|sc|sf|rm|up|sl|md|normal|cal|frak|scr|bb)|[_^]text|emph\{|text(?:su[pb]|\{)|boldsymbol|operatorname/,
    rules: [
      // `x in mathbbR^d`
      [/(?<=[\p{L}\p{N})]) in (?=\\?mathbb)/gu, ' ∈ '],
      [/(?<=(?<!\p{L})\p{L})in ?(?=mathbb)/gu, ' ∈ '],
      [
        /(?<!\\)mathbb(?:\{([A-Z\d])\}| ?([A-Z])(?!\p{Ll})|(1))/gu,
        (_whole, ...found) => hollow(found.slice(0, 3).join('')),
      ],
      // An exponent or index that lost its braces belongs to what follows.
      [new RegExp(String.raw`(?<=[_^])(?:${STYLED})\{(\w{1,40})\}`, 'gu'), '$1'],
      [/(?<=(?<![\p{L}\p{N}])[\p{L}\p{N}][_^])text\{(\w{1,40})\}/gu, '{$1}'],
      [/(?<=(?<![\\\p{L}\p{N}_.-])|[_^]\{)text(?:super|sub)?(?:script)?(?=\{)/gu, String.raw`\$&`],
      [new RegExp(String.raw`(?<![\\\p{Ll}])(${STYLED}|emph)(?=\{)`, 'gu'), String.raw`\$1`],
      // Names of commands that begin no word of English, right before what they style.
      [/(?<!\\)math(?:bf|it|rm|sf|tt|cal|frak|scr) ?(?=\p{Lu}(?!\p{L})|\p{N})/gu, ''],
      [/(?<!\\)(?:math(?:bf|it|rm|sf|tt|cal|frak|scr)|operatorname)(?=\p{L})/gu, ''],
      [/(?<![\\\p{Ll}])(?:textbf|texttt|textit(?!ems?(?!\p{L})))+(?=[\p{L}\p{N}])/gu, ''],
      [/(?<![\\\p{Ll}])(?:text(?:sc|sf|rm|up|sl|md|normal))+(?=[\p{Lu}\p{N}])/gu, ''],
      [new RegExp(String.raw`(?<!\\)boldsymbol(?=\p{Lu}|${GREEK}${END})`, 'gu'), ''],
      [/(?<=(?<![\p{L}\p{N}])\p{L}_)text(?=\p{Ll}{2})(?!(?:ual|ure|s|box)(?!\p{L}))/gu, ''],
    ],
  },
  {
    where: new RegExp(
      `[_^](?:${GREEK}|\\{?text|\\{?(?:th|st|nd|rd)|star|ast|dagger|top|perp|prime)|[_^](?<=(?:${GREEK}|sum|prod|int)[_^])|[_^]\\{(?:${GREEK}|star|ast|dagger|top|perp|prime|circ|infty)\\}|var(?:epsilon|phi|theta)`,
    ),
    rules: [
      // Ordinals
      [/(?<=\p{N})\^(?:text)?\{?(th|st|nd|rd)(?!\p{L})\}?/gu, '$1'],
      [/(?<=(?<!\p{L})\p{L})\^(?:text)?(th|st|nd|rd)(?!\p{L})/gu, '^{$1}'],
      // Greek letters that have an exponent or an index, or are one. `mu_0` may be a name in a program;
      // `pi_0.5` and `p_theta(y|x)` are none.
      [
        new RegExp(String.raw`${FREE}(${GREEK})(?=_${GREEK}\([^()]{1,20}(?:\|| mid ))`, 'gu'),
        String.raw`\$1{}`,
      ],
      [
        new RegExp(
          String.raw`(?<=(?<![\p{L}\p{N}_])(?:\p{L}|${GREEK}(?:\{\})?))_(${GREEK})(?=\([^()]{1,20}(?:\|| mid )[^()]{1,20}\))`,
          'gu',
        ),
        String.raw`_{\$1}`,
      ],
      [
        new RegExp(
          String.raw`${FREE}(${GREEK})(?=\^(?:[\d{*+-]|[a-z]${END})|_\{|_\d\.\d{1,2}(?![\p{L}\p{N}_.]))`,
          'gu',
        ),
        String.raw`\$1{}`,
      ],
      [new RegExp(`${FREE}(var(?:epsilon|phi|theta))${END}`, 'gu'), String.raw`\$1{}`],
      [
        new RegExp(
          String.raw`(?<=[_^]\{)(star|ast|dagger|top|perp|prime|circ|infty|${GREEK})(?=\})`,
          'gu',
        ),
        String.raw`\$1`,
      ],
      [/(?<![\\\p{L}\p{N}_.])(sum|prod|int)(?=_\{)/gu, String.raw`\$1`],
      [/(?<=[\p{L}\p{N})\]])\^(star|ast|dagger|top|perp)(?!\p{L})/gu, String.raw`^{\$1}`],
      [/(?<=[\p{L}\p{N})\]])\^prime(?!\p{L})/gu, '′'],
    ],
  },
  {
    where: /sqrt|frac[\d{]/,
    rules: [
      // Roots and fractions; `sqrt(x)`, `sqrtf`, `sqrtl` and `sqrtm` belong to programs.
      [/(?<![\p{L}\p{N}\\_.:])(sqrt|[dt]?frac)(?=\{)/gu, String.raw`\$1`],
      [/(?<![\p{L}\\_.:])sqrt(?![flm](?!\p{L}))([\p{L}\p{N}])(?![\p{L}\p{N}(])/gu, '√$1'],
      [/(?<![\p{L}\\_.:])sqrt ?(\d{1,4})(?![\p{L}\p{N}(.])/gu, '√$1'],
      [/(?<![\p{L}\\_.:])[dt]?frac(\d)(\d|[A-Za-z])(?![\p{L}\p{N}])/gu, '$1/$2'],
    ],
  },
  {
    where: /\{[A-Za-z]\}/,
    rules: [[ACCENTED, String.raw`\$1`]],
  },
  {
    where: /[^A-Za-z][A-Za-z]log /,
    rules: [[/(?<=O\([^()]{0,20}|(?<![\p{L}\p{N}]))([A-Za-z])log (?=\1(?!\p{L}))/gu, '$1 log ']],
  },
  {
    where: /langle|lfloor|lceil/,
    rules: [
      [/(?<![\\\p{L}])langle ?([^⟨⟩]{1,60}?) ?rangle(?!\p{L})/gu, '⟨$1⟩'],
      [/(?<![\\\p{L}])lfloor ?([^⌊⌋]{1,60}?) ?rfloor(?!\p{L})/gu, '⌊$1⌋'],
      [/(?<![\\\p{L}])lceil ?([^⌈⌉]{1,60}?) ?rceil(?!\p{L})/gu, '⌈$1⌉'],
    ],
  },
];
