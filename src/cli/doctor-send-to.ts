import { openComposer } from '../delivery/compose.js';
import { listSigns, listSourceViews, type SourceView } from '../jobs/doctor/look-for.js';
import { type OpenTestComposer, sendTest, type TestReport } from '../jobs/doctor/send-test.js';
import { toDomain } from '../mail/host-names.js';
import type { Services } from '../services.js';
import { parseAddress } from '../subscribers/address.js';
import { answer, count } from './output.js';

/** @returns the exit code: 1 where the server did not take it */
export async function sendTestDigest(
  services: Services,
  address: string,
  json?: boolean,
): Promise<number> {
  const to = parseAddress(address);
  const { config, store, clock } = services;
  const { mailFrom, dkim } = config;
  const report = await sendTest(
    config,
    {
      ...{ editions: store.editions, subscribers: store.subscribers, clock },
      openComposer: toOpenComposer(services),
      // Of no mail: there is none with this number.
      envelopeFrom: (await services.returnPaths()).build('n', 0).from,
    },
    to,
  );
  const { envelopeFrom, accepted } = report;
  const author = toDomain(mailFrom.address);
  const lookFor = listSigns({ envelopeFrom, author, signer: dkim?.domain ?? null });
  const source = listSourceViews(to);
  const after = accepted ? formatLookFor(lookFor, source) : [];
  answer(json, { ...report, lookFor, source }, [...formatReport(report), ...after].join('\n'));
  return accepted ? 0 : 1;
}

/** As for readers, with all header fields and signatures. */
function toOpenComposer(services: Services): OpenTestComposer {
  return async (from) => {
    const templates = await services.templates();
    const tokens = await services.tokens();
    const { secret } = await services.secretKey();
    const paths = await services.returnPaths();
    const unsubscribeMailto = (id: number) => paths.buildUnsubscribeMailto(id);
    const catalogues = await services.catalogues();
    const made = { templates, catalogues, tokens, secret, unsubscribeMailto };
    const { pictures } = services.store;
    return openComposer(services.config, { ...from, pictures, ...made });
  };
}

function formatReport(report: TestReport): string[] {
  const { server, route, to, accepted, reply, edition, bytes, signatures, messageId } = report;
  const verb = accepted ? 'took' : 'did not take';
  return [
    `${server} (route ${route}) ${verb} the digest of ${edition} for ${to}: ${reply}`,
    `It has ${(bytes / 1_000).toFixed(1)} KB, ${count(signatures, 'DKIM signature')} of ours, the envelope's sender ${report.envelopeFrom}, the Message-ID ${messageId}.`,
  ];
}

function formatLookFor(signs: readonly string[], views: readonly SourceView[]): string[] {
  return [
    'Look at in the mailbox:',
    ...signs.map((sign) => `- ${sign}`),
    'The source of a mail is shown by',
    ...views.map(({ provider, how, link }) => `- ${provider}: ${how} (${link})`),
  ];
}
