import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { cases } from './cases.js';

describe('escapes and commands', () => {
  test.each(
    cases(String.raw`
      a gain of 12.4\% over          || a gain of 12.4% over
      R\&D, \#1, snake\_case, \$5    || R&D, #1, snake_case, $5
      \{a, b\}                       || {a, b}
      \textbf{x}                     || x
      \textbf{a \emph{b \texttt{c}}} || a b c
      {\bf Bold words} and {\em more} || Bold words and more
      {\sc Name}-Bench               || Name-Bench
      \textsc{Name}-Bench            || Name-Bench
      we introduce \ours{}, a        || we introduce ours, a
      \ours is better                || ours is better
      \method{X} and \LaTeX{}        || X and LaTeX
      \item \log \object \lambda     || • log object λ
      \textcolor{red}{text}          || text
      \texttt{--flag}                || --flag
      a claim~\cite{doe2020}.        || a claim [doe2020].
      word\footnote{a note} goes on  || word (a note) goes on
      see \url{https://a.example/c_d} || see https://a.example/c_d
      \href{https://a.example/~b}{Site} || Site (https://a.example/~b)
      \begin{itemize} \item A \item B \end{itemize} || • A • B
      \textit{vs.}\ others           || vs. others
      19.63\,FPS and 1{,}182 cases   || 19.63 FPS and 1,182 cases
      first line \\ second line      || first line second line
      data\-base                     || database
      path\textbackslash to\textasciitilde || path\to~
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));
});

describe('math', () => {
  test.each(
    cases(String.raw`
      $\alpha$-divergence            || α-divergence
      \alpha and \beta               || α and β
      10^{19} FLOPs, x^2, 10^-3      || 10¹⁹ FLOPs, x², 10⁻³
      R$^2$ and CO$_2$, 21$^\circ$C  || R² and CO₂, 21°C
      AnyTalk_{RT}                   || AnyTalk_RT
      π_{0.5} and τ^2-bench          || π_0.5 and τ²-bench
      10^1.5 and 2^{2^n}             || 10^1.5 and 2^(2^n)
      2.5$\times$ to 10$\sim$20      || 2.5× to 10∼20
      $O(n\log n)$                   || O(n log n)
      $\mathcal{O}(1/\sqrt{T})$      || O(1/√T)
      $f:\mathbb{R}^n\to\mathbb{R}$  || f:ℝⁿ→ℝ
      $\frac{1}{2}$, $\frac{a+b}{2}$ || 1/2, (a+b)/2
      $\sqrt{x+y}$, \sqrt[3]{x}      || √(x+y), ∛x
      $\hat{\theta}$, $\hat x$, $\bar y$ || θ̂, x̂, ȳ
      $x_\text{old}$, $p_\theta(y \mid x)$ || x_old, p_θ(y | x)
      $\sum_{i=1}^{n} x_i$           || ∑ᵢ₌₁ⁿ xᵢ
      $x \in \{0,1\}^n$, $a \not\in B$ || x ∈ {0,1}ⁿ, a ∉ B
      $\left(a\right)$, $\|x\|_2$    || (a), ‖x‖₂
      \(\epsilon\)-DP, \[E = mc^2\]  || ε-DP, E = mc²
      $$E=mc^2$$                     || E=mc²
      $k$-NN, "$x$", ($x$, $y$)      || k-NN, "x", (x, y)
      $95\%$ and $\$5$               || 95% and $5
      $\ell_{\infty}$-norm           || ℓ_∞-norm
      <$\text{think}$>               || <think>
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read.normalize('NFC')));
});

describe('typography and accents', () => {
  test.each(
    cases(String.raw`
      ${'``'}quotes'' and ${'``'}half" || “quotes” and “half”
      a ${'`'}single' one            || a ‘single’ one
      word---word, word --- word     || word — word, word — word
      CPU--GPU, 1--2, word -- word   || CPU–GPU, 1–2, word – word
      99\%--102.3\%, (HAS)--where    || 99%–102.3%, (HAS)–where
      Track~1, e.g.~this, 5~ms       || Track 1, e.g. this, 5 ms
      Erd\H{o}s, Poincar\'e, G\"{o}del || Erdős, Poincaré, Gödel
      na\"{\i}ve, \v{C}ech, S\o ren  || naïve, Čech, Søren
      {\'E}cole, Mu\~noz, \c{S}en    || École, Muñoz, Şen
      don\'t say \"hello\" twice     || don't say "hello" twice
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));
});

describe('what is no TeX stays', () => {
  test.each(
    cases(String.raw`
      When <think> Runs Too Long
      </think> and <|im_end|> tokens
      a < b > c && d
      ~10x faster, ~45.6 million, pi ~ 89%
      3~5 times
      costs $5 and $6
      from $5k to $10k, US$44
      Serving LLaMA-70B on $60 GPUs
      a_b, snake_case_name, __init__, C_i, x_1
      use --flag=x, -v, (--no-flag)
      https://x.example/~user/a--b_c?x=1&y=^2#d_e
      https://x.example/a_b.
      github.com/some_one/c--d_e
      C:\Users\new\alpha.txt
      a pattern such as \d+ or \w*
      a lone \ backslash
      \
      it ends with \
      {a, b} and {a b}
      a { b
      forgetting} during
      x^{2 and ^ and _ and $
      '' and it''s and 5''
      --- and -----
      \(not closed
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test('an escape inside an address belongs to the address', () => {
    expect(cleanText(String.raw`at https://github.com/a/my\_repo.`)).toBe(
      'at https://github.com/a/my_repo.',
    );
    expect(cleanText('https://youtu.be/4Zd{Video}.')).toBe('https://youtu.be/4Zd (Video).');
  });

  test.each([
    ['{', '}'],
    [String.raw`\textbf{`, '}'],
    [String.raw`\textbf{`, ''],
    ['{', ''],
    [String.raw`\hat`, ' '],
    [String.raw`\not`, ' '],
    ['x^{', '}'],
    [String.raw`$\frac`, '$'],
  ])('%j nested without end keeps the word inside', (open, close) => {
    expect(cleanText(`${open.repeat(20_000)}word${close.repeat(20_000)}`)).toContain('word');
  });

  test('many more formulas than there are marks for them are all read', () => {
    const sent = Array.from({ length: 7_000 }, (_, n) => `$x_{${n}}$`).join(' ');
    const read = cleanText(sent).split(' ');
    expect(read).toHaveLength(7_000);
    expect(read.slice(-2)).toEqual(['x₆₉₉₈', 'x₆₉₉₉']);
  });
});
