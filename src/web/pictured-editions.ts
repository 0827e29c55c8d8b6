import type { Clock } from '../base/clock.js';
import type { EditionPaper } from '../editions/edition.js';
import type { ShownEditions } from '../editions/shown-editions.js';
import { type PictureSizes, type PictureStore, picturePath } from '../pictures/picture.js';

/** A paper of an edition with what pages need to know of its picture, where it has one. */
export type PicturedPaper = EditionPaper & { picture?: PictureSizes };

/** After a pick, pictures trickle in: pages that are ready are made anew so often at most. */
const SHOWN_EVERY = 20_000;

/** Editions whose papers have their pictures with them. */
export function withPictures(
  shown: ShownEditions,
  pictures: Pick<PictureStore, 'sizes' | 'version'>,
  clock: Pick<Clock, 'now'>,
): ShownEditions {
  const version = async () => {
    const now = clock.now();
    return `${await shown.version()} ${await pictures.version(now - (now % SHOWN_EVERY))}`;
  };
  return {
    ...shown,
    version,
    withPapers: async (edition) => {
      const full = await shown.withPapers(edition);
      const known = await pictures.sizes(full.papers.map(({ id }) => id));
      const papers = full.papers.map((paper): PicturedPaper => {
        const picture = known.get(paper.id);
        return picture ? { ...paper, picture } : paper;
      });
      return { ...full, papers };
    },
  };
}

/** A picture as templates show it: its size is known before it is there, so that nothing moves. */
export function presentPicture({ title, picture }: PicturedPaper, size: 'large' | 'small') {
  if (!picture) return null;
  const { width, height } = picture[size];
  // What is in it nobody has told us.
  return { src: picturePath(picture.hash, size), width, height, alt: `Preview of “${title}”` };
}
