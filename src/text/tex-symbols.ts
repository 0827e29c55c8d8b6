/**
 * The TeX commands for single characters that titles and abstracts use. Longer tables hold names
 * such as `anchor` or `project`, which papers give to their own methods, and characters that the
 * fonts of mail programs lack.
 */
const NAMES = `
  alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
  kappa κ lambda λ mu μ nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ
  phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ
  Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ aleph ℵ beth ℶ Re ℜ Im ℑ wp ℘ nabla ∇ partial ∂ infty ∞
  emptyset ∅ varnothing ∅ angle ∠ triangle △ square □ Box □ blacksquare ■ diamond ⋄ star ⋆ ast ∗
  times × div ÷ pm ± mp ∓ cdot · bullet • circ ∘ oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ dagger † dag †
  ddagger ‡ ddag ‡ cup ∪ cap ∩ bigcup ⋃ bigcap ⋂ setminus ∖ sqcup ⊔ sqcap ⊓ wedge ∧ land ∧ vee ∨
  lor ∨ neg ¬ lnot ¬ forall ∀ exists ∃ nexists ∄ therefore ∴ because ∵ sum ∑ prod ∏ coprod ∐ int ∫
  iint ∬ oint ∮ surd √ le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ ll ≪ gg ≫ lesssim ≲
  gtrsim ≳ approx ≈ sim ∼ simeq ≃ cong ≅ equiv ≡ propto ∝ prec ≺ succ ≻ preceq ⪯ succeq ⪰ in ∈
  notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ perp ⊥ bot ⊥ top ⊤ parallel ∥
  mid | vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ models ⊨ vdash ⊢ triangleq ≜ coloneqq ≔
  to → rightarrow → gets ← leftarrow ← leftrightarrow ↔ longrightarrow → longleftarrow ←
  Rightarrow ⇒ implies ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ mapsto ↦ uparrow ↑ downarrow ↓
  updownarrow ↕ nearrow ↗ searrow ↘ hookrightarrow ↪ rightleftharpoons ⇌ leadsto ⇝
  langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ ldots … dots … dotsc … cdots ⋯ vdots ⋮ ddots ⋱
  prime ′ degree ° checkmark ✓ cmark ✓ xmark ✗ S § P ¶ copyright © pounds £ euro € texteuro €
  textdegree ° textmu µ texttimes × textpm ± textregistered ® texttrademark ™ textcopyright ©
  textendash – textemdash — textellipsis … textbullet • textquoteleft ‘ textquoteright ’
  textquotedblleft “ textquotedblright ” textbar | textless < textgreater > textperiodcentered ·
  textrightarrow → textleftarrow ← textuparrow ↑ textdownarrow ↓ textsection § textdagger †
`;

/** Letters. TeX drops the space after such a command, as in `S\o ren`. */
const LETTERS =
  'o ø O Ø l ł L Ł i ı j ȷ imath ı jmath ȷ ss ß SS ẞ ae æ AE Æ oe œ OE Œ aa å AA Å dh ð DH Ð th þ ' +
  'TH Þ dj đ DJ Đ ng ŋ NG Ŋ';

/** Accents and other marks on a letter, in words and in math. */
const MARKS =
  '\' \u0301 ` \u0300 ^ \u0302 " \u0308 ~ \u0303 = \u0304 . \u0307 u \u0306 v \u030C H \u030B ' +
  'r \u030A c \u0327 k \u0328 d \u0323 b \u0331 hat \u0302 widehat \u0302 tilde \u0303 ' +
  'widetilde \u0303 bar \u0304 overline \u0304 vec \u20D7 dot \u0307 ddot \u0308 check \u030C ' +
  'breve \u0306 acute \u0301 grave \u0300 mathring \u030A';

const SUPERSCRIPTS =
  '0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻=⁼(⁽)⁾aᵃbᵇcᶜdᵈeᵉfᶠgᵍhʰiⁱjʲkᵏlˡmᵐnⁿoᵒpᵖrʳsˢtᵗuᵘvᵛwʷxˣyʸzᶻTᵀ∘°';
const SUBSCRIPTS = '0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋−₋=₌(₍)₎aₐeₑhₕiᵢjⱼkₖlₗmₘnₙoₒpₚrᵣsₛtₜuᵤvᵥxₓ';

const BLACKBOARD = 'CℂHℍNℕPℙQℚRℝZℤ';

function pairs(words: string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2) map.set(words[at] ?? '', words[at + 1] ?? '');
  return map;
}

export const symbols = pairs(NAMES.trim().split(/\s+/));
export const letters = pairs(LETTERS.split(' '));
export const marks = pairs(MARKS.split(' '));
export const blackboard = pairs([...BLACKBOARD]);

/** Superscript (`^`) and subscript (`_`) forms of characters. */
export const scripts = {
  '^': pairs([...SUPERSCRIPTS]),
  _: pairs([...SUBSCRIPTS]),
};
