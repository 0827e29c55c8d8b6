/** A file that we made of a picture. */
export interface PictureFile {
  width: number;
  height: number;
  body: Buffer;
}

/** A picture of a paper as we keep it: our own files, never what its source sent. */
export interface Picture {
  /** Of both files: what has it in its address never changes. */
  hash: string;
  /** JPEG, which mail programs show too. */
  large: PictureFile;
  /** WebP. */
  small: PictureFile;
}

export type PictureSize = 'large' | 'small';

/** What pages need to know of a picture before it is there. */
export interface PictureSizes {
  hash: string;
  large: Omit<PictureFile, 'body'>;
  small: Omit<PictureFile, 'body'>;
}

/** A paper whose picture is to be fetched. */
export interface WantedPicture {
  paperId: string;
  url: string;
  /** How often it was tried there in vain. */
  tries: number;
}

/** A try that brought no picture. */
export interface FailedTry extends WantedPicture {
  reason: string;
  at: number;
  /** When it is tried again; `null`: never. */
  nextAt: number | null;
}

export interface PictureStore {
  /** Papers of editions picked since then that have no picture and are due for a try, best first. */
  wanted(pickedSince: number, now: number): Promise<WantedPicture[]>;
  /** Keeps a picture, unless the paper has one: a picture is never replaced. */
  save(wanted: WantedPicture, picture: Picture, at: number): Promise<void>;
  /** Notes a failure, unless the paper has a picture meanwhile. */
  saveFailure(failed: FailedTry): Promise<void>;
  /** Those of these papers that have a picture. */
  sizes(paperIds: readonly string[]): Promise<ReadonlyMap<string, PictureSizes>>;
  file(hash: string, size: PictureSize): Promise<Buffer | null>;
  /** A text that differs after each change to what `sizes` says. */
  version(): Promise<string>;
  /**
   * The hashes of pictures that mails of this edition carry, by paper: those that there are when it is
   * asked for first, and the same ever after.
   */
  settle(editionId: number): Promise<ReadonlyMap<string, string>>;
  /**
   * Forgets what was fetched or tried before, and is in no edition picked since.
   * @returns how many
   */
  forget(before: number, limit: number): Promise<number>;
}

/** Where a file is on the site. */
export function picturePath(hash: string, size: PictureSize): string {
  return `/pictures/${hash}.${size === 'large' ? 'jpg' : 'webp'}`;
}
