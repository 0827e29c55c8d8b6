/** What only one process is to do at a time; kept in the store, by its clock. */
export interface Leases {
  /** Takes a lease for `ms` milliseconds, or lengthens one's own; `false` while another has it. */
  take(name: string, holder: string, ms: number): Promise<boolean>;
  /** Gives it back, if it is still one's own. */
  release(name: string, holder: string): Promise<void>;
}

/** Who holds what. */
export interface LeaseList {
  /** Those whose names begin so and that somebody holds now, by name. */
  held(prefix: string): Promise<{ name: string; holder: string }[]>;
}
