import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { PictureStore } from '../../pictures/picture.js';
import type { SendFailure } from '../errors.js';
import { NOT_FOUND } from '../failure.js';
import { type Rendered, sendRendered, toRendered } from '../rendered.js';
import type { SecurityHeaders } from '../security.js';

export interface PicturesDeps {
  pictures: Pick<PictureStore, 'file'>;
  headers: SecurityHeaders;
  sendFailure: SendFailure;
}

/** The name has the hash of the content in it. */
const FOREVER = 'public, max-age=31536000, immutable';
/** Of at most 20 KB each: those of the newest editions. */
const KEPT = 100;

const NAME = /^([0-9a-f]{20})\.(jpg|webp)$/;

/** `GET /pictures/NAME`: our own files of papers' pictures. Nothing is fetched for them. */
export const pictureRoute: FastifyPluginAsyncTypebox<PicturesDeps> = async (
  app,
  { pictures, headers, sendFailure },
) => {
  const kept = new Map<string, Rendered>();
  const load = async (name: string): Promise<Rendered | null> => {
    const [, hash, extension] = NAME.exec(name) ?? [];
    if (hash === undefined) return null;
    const isLarge = extension === 'jpg';
    const body = await pictures.file(hash, isLarge ? 'large' : 'small');
    if (body === null) return null;
    const type = isLarge ? 'image/jpeg' : 'image/webp';
    return toRendered({ type, body }, { ...headers, 'cache-control': FOREVER });
  };
  const schema = { hide: true, params: Type.Object({ name: Type.String({ maxLength: 40 }) }) };
  app.get('/pictures/:name', { schema }, async (request, reply) => {
    const { name } = request.params;
    const file = kept.get(name) ?? (await load(name));
    if (file === null) return sendFailure(request, reply, NOT_FOUND);
    kept.delete(name);
    kept.set(name, file);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
    return sendRendered(request, reply, file);
  });
};
