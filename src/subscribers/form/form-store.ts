/** Of the last confirmations that went out, how many were confirmed. */
export interface ConfirmedShare {
  sent: number;
  confirmed: number;
}

/** Which confirmations are looked at, by when a server accepted them. */
export interface ShareOf {
  since: number;
  before: number;
  /** At most so many, the newest first. */
  limit: number;
}

/** What all processes know of the form together. */
export interface FormStore {
  readState(): Promise<string | null>;
  /**
   * Changes the state in one conditional write. `step` is called again if another process was quicker;
   * `null` changes nothing.
   */
  changeState(step: (state: string | null) => string | null): Promise<void>;
  /** @returns whether this proof was not used before */
  spendProof(id: string, expiresAt: number): Promise<boolean>;
  /** Deletes what was spent and is over by now. */
  forgetProofs(now: number): Promise<void>;
  /** Of confirmations that somebody asked for on the web; those of imports say nothing of the form. */
  confirmedShare(of: ShareOf): Promise<ConfirmedShare>;
}
