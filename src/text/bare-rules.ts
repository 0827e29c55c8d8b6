/** What is found, and what stands for it: text, or TeX for the reader. */
export type Rule = readonly [RegExp, string | ((...found: string[]) => string)];

/** Rules that find something only in texts in which `where` does; most texts are spared most rules. */
export interface RuleGroup {
  where: RegExp;
  rules: readonly Rule[];
}

/** Names of Greek letters, as a pattern. */
export const GREEK =
  '(?:alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|(?:var)?phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega|ell)';
