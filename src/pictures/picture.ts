import type { Day } from '../base/day.js';

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
  /** Where it may be: as `Paper.pictureUrl` says it. */
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

/** A paper whose picture is to be fetched, and who says where it is. */
export interface FoundPicture extends WantedPicture {
  /** The source that named it. */
  source: string | undefined;
}

/** Of which editions pictures are wanted. */
export interface WantedOf {
  pickedSince: number;
  /** The day from which on editions are meant: who makes those of a year needs no pictures of them. */
  datedFrom: Day;
  most: number;
}

/** What mails of an edition carry. */
export interface SettledPictures {
  /** The newest delivery of the edition when that was settled: mails up to it have no picture. */
  afterDelivery: number;
  /** The hashes of pictures, by paper. */
  hashes: ReadonlyMap<string, string>;
}

export interface PictureStore {
  /** Papers of these editions that have no picture and are due for a try, best first. */
  wanted(of: WantedOf, now: number): Promise<FoundPicture[]>;
  /** Keeps a picture, unless the paper has one: a picture is never replaced. */
  save(wanted: WantedPicture, picture: Picture, at: number): Promise<void>;
  /** Notes a failure, unless the paper has a picture meanwhile. */
  saveFailure(failed: FailedTry): Promise<void>;
  /** Those of these papers that have a picture. */
  sizes(paperIds: readonly string[]): Promise<ReadonlyMap<string, PictureSizes>>;
  file(hash: string, size: PictureSize): Promise<Buffer | null>;
  /** A text that differs after each change to what `sizes` says that was made before then. */
  version(before: number): Promise<string>;
  /**
   * Settles which pictures mails of an edition carry that are planned from now on: those that there are,
   * or none. What was settled once stays.
   */
  settle(editionId: number, withPictures: boolean): Promise<void>;
  /** `null` as long as nothing is settled: mails composed until then have no picture. */
  settled(editionId: number): Promise<SettledPictures | null>;
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
