import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { cases } from './cases.js';

// The kind: TeX whose backslashes, dollars and braces a source has eaten, as Hugging Face does inside
// formulas. The names of commands that are left are words of English and of programs too.

describe('commands without their backslash', () => {
  test.each(
    cases(`
      1.45times over, 100times larger, 5-10times speedup || 1.45× over, 100× larger, 5-10× speedup
      4times4 to 16times16, 400times720/720times400 || 4×4 to 16×16, 400×720/720×400
      1.28times--1.63times, 6.5--9.7times less || 1.28×–1.63×, 6.5–9.7× less
      384times 640, 512 times 512, 256 times 256 times 3 || 384× 640, 512 × 512, 256 × 256 × 3
      1920 times 1080, 3 times 10^5, 8 times 4 grid || 1920 × 1080, 3 × 10⁵, 8 × 4 grid
      Ntimes N, n times n, H times W, times4 || N× N, n × n, H × W, ×4
      leq 4B, geq 90%, n geq 5, x neq y, nleq 3, lesssim 1% || ≤ 4B, ≥ 90%, n ≥ 5, x ≠ y, n≤ 3, ≲ 1%
      k le 5, p ge 0.5, N gg 1      || k ≤ 5, p ≥ 0.5, N ≫ 1
      5.7% rightarrow 25.4%, 62.27%rightarrow67% || 5.7% → 25.4%, 62.27%→67%
      A rightarrow B, text rightarrow image, X leftrightarrow Y || A → B, text → image, X ↔ Y
      (uparrow 5.2%), FID downarrow, uparrow3% || (↑ 5.2%), FID ↓, ↑3%
      360^circ, 90^{circ}C, 45^circ C || 360°, 90°C, 45°C
      0.69 pm 0.16, 85.2pm0.3, 3.1% pm 0.2%, within pm 2% || 0.69 ± 0.16, 85.2±0.3, 3.1% ± 0.2%, within ± 2%
      (approx 30K tokens), n approx 5, approx3.5 || (≈ 30K tokens), n ≈ 5, ≈3.5
      of sim 10%, sim10 hours, sim4times faster, 10sim20 || of ∼ 10%, ∼10 hours, ∼4× faster, 10∼20
      R^textbf2AI and R^textbf{2AI}  || R²AI and R²AI
      textbfSemantic-textbfGuided, (textbfQ)uestion || Semantic-Guided, (Q)uestion
      textit{et al.}, textbf{Ours}, emph{not}, textttcode || et al., Ours, not, code
      mathcalO(n), mathcal{O}(n), mathcal O(n), O(nlog n) || O(n), O(n), O(n), O(n log n)
      x in mathbbR^d, mathbb{Z}, mathbfx, mathrm{KL} || x ∈ ℝ^d, ℤ, x, KL
      tau^2-bench, pi_0.5, pi_{0.5}, alpha^* || τ²-bench, π_0.5, π_0.5, α^*
      pi_theta(a|s) and p_theta(y | x), varepsilon-greedy || π_θ(a|s) and p_θ(y | x), ε-greedy
      L_infty, n to infty, infty-LLMs || L_∞, n → ∞, ∞-LLMs
      sqrt2, sqrt{n}, O(sqrtT), frac12, frac{1}{2} || √2, √n, O(√T), 1/2, 1/2
      langle x, y rangle, 3 cdot 10^5, A^star || ⟨x, y⟩, 3 · 10⁵, A^⋆
      L_textmax, x_text{old}, n^textth, 5^{th} || L_max, x_old, nᵗʰ, 5th
      8timesA100, 32times32times3, 2K times 2K, ge95% || 8×A100, 32×32×3, 2K × 2K, ≥95%
      +12.3uparrow, BLEU 20rightarrow25, 10 mu m || +12.3↑, BLEU 20→25, 10 µm
      text{softmax}, mathcal{L}_{text{KL}}, textsuperscript{2} || softmax, L_KL, ²
      tilde{O}(n), hat{x}, sum_{i=1}^n, A^{star}, p_{theta} || Õ(n), x̂, ∑ᵢ₌₁^n, A^⋆, p_θ
      a 1.5,s chunk, 2,000,ms, 5mus || a 1.5 s chunk, 2,000 ms, 5µs
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read.normalize('NFC')));

  test.each(
    cases(String.raw`
      valued at \1 million          || valued at $1 million
      (\22K for it), under \3, US\44 || ($22K for it), under $3, US$44
      \0.02 per call, \1.5B, \5--\10, \1,200 || $0.02 per call, $1.5B, $5–$10, $1,200
      (\5/month), \2 per query      || ($5/month), $2 per query
      on \60 GPUs, less than \100   || on $60 GPUs, less than $100
    `),
  )('money: %s', (sent, read) => expect(cleanText(sent)).toBe(read));
});

describe('words and names stay', () => {
  test.each(
    cases(String.raw`
      three times faster, 3 times faster, sometimes, New York Times, 2timestamps, 5timesteps
      we ran it 3 times 5 days apart, at all times 3 of them
      at 5 pm 20 people, at 5.30 pm 20 people, 5pm, pm2.5 and pm10 levels
      in sim 3 robots, in sim 80% and real 60%, sim2real, sim-to-real, sim1, sim2 and sim3
      dual sim 2 GB, Sim(3), similar, simulation
      pytest.approx(0.3), np.approx, approx. 30 minutes, approximately 30, --approx 3
      the rightarrow key, press uparrow to go, ArrowRight, icon-rightarrow, key.rightarrow
      circ and the circ function, circular, circuits
      a regex (a)\1 or \1 and \2, replace with \1, [ \777 ], \2665 and \033
      sqrt(x), math.sqrt(n), sqrtf, sqrtl, sqrtm, fracking, frac, fractions
      alpha and beta tests, alpha = 0.5, epsilon-greedy, beta_1=0.9, lambda_function, tau-bench
      pi_kept, mu_0, beta_1, tau_a, f_theta, pi_theta(x), mu_law, delta_time, x_train, input_text, raw_text, L_texture, x_texts
      textual, textbook, textupdate, textscroll, textitem, mathematics, mathbox, emphasis
      the textbf command, mathbb and mathcal, a leq function, leq(a, b)
      triangle, rectangle, quadrangle, blog n posts, catalog n
      Il a le 5 mai, e le 5 regole, vitamin C, GE 5, all 5
      1,2,3,s and 3,m and a,b,c
      left and right, to the left (or right), in, to, mid, dots, cap, cup, star, log
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test('whatever ordinary words and numbers stand beside them', () => {
    const names = [
      ...['times', 'sim', 'approx', 'circ', 'pm', 'to', 'in', 'log', 'dots', 'star', 'cap', 'mid'],
      ...['alpha', 'beta', 'pi', 'mu', 'le', 'ge', 'text', 'math', 'frac', 'sqrt', 'left', 'hat'],
    ];
    const word = fc.stringMatching(/^[a-z]{3,9}$/);
    fc.assert(
      fc.property(word, fc.constantFrom(...names), word, (before, name, after) => {
        const text = `${before} ${name} ${after}`;
        expect(cleanText(text)).toBe(text);
        expect(cleanText(`the ${name}, a ${name}-based ${after}.`)).toBe(
          `the ${name}, a ${name}-based ${after}.`,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
