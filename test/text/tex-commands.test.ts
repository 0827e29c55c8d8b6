import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { cases } from './cases.js';

// The kind: commands whose arguments are not simply text: an alternative, something above or below,
// a number of a character, a colour, a length.

describe('commands with arguments', () => {
  test.each(
    cases(String.raw`
      A$\unicode{x2014}$B, A\unicode{x2014}B, \unicode{8212} || A—B, A—B, —
      \unicode{x202e}a\unicode{0}b\unicode{xE000}c\unicode{x301}d\unicode{xD800} || a0bcd
      \texorpdfstring{$\alpha$}{alpha}-decay || α-decay
      \texorpdfstring {$k$} {k}-means || k-means
      \overset{d}{=} and $X \overset{d}{=} Y$ || = and X = Y
      $\underset{x}{\max}$, $\stackrel{\text{def}}{=}$ || max, =
      $A \xrightarrow{d} B$, $\xleftarrow[b]{a}$ || A → B, ←
      $\binom{n}{k}$                 || (n choose k)
      $a \equiv b \pmod{p}$          || a ≡ b (mod p)
      $\operatorname{tr}(A)$, $\operatorname*{argmax}$ || tr(A), argmax
      \mathbb{R} and $\mathbb{R}^d$  || ℝ and ℝᵈ
      \sqrt{2}, \frac{1}{2}, $\dfrac{a}{b}$, $\nicefrac{1}{2}$ || √2, 1/2, a/b, 1/2
      \textsuperscript{2} and CO\textsubscript{2} || ² and CO₂
      \ce{H2O}, \SI{5}{ms}, \num{100} || H₂O, 5 ms, 100
      $\abs{x}$, $\norm{x}$, $\ket{0}$ || |x|, ‖x‖, |0⟩
      \textcolor{red}{a}, \fcolorbox{red}{blue}{a}, \scalebox{0.8}{a} || a, a, a
      \hyperref[sec:a]{Section 1}, \multirow{2}{*}{a} || Section 1, a
      $\sqrt[constructor]{x}$, \toString, \constructor{a} || √x, toString, a
      \enquote{a}                    || “a”
      $\underbrace{a+b}_{c}$         || a+b_c
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));
});
