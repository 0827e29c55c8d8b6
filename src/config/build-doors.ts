import { hasWayIn } from '../jobs/inbound/doors.js';
import { loadTls, type TlsFiles } from '../jobs/inbound/tls-files.js';
import type { ReadSettings } from './read-settings.js';
import { InvalidValue } from './setting.js';

/** The ways by which bounces and complaints come in. */
export function buildDoors(settings: ReadSettings) {
  const { values } = settings;
  const inboundDoors = {
    host: values.bounceHost,
    smtpPort: values.bouncePort,
    lmtpPort: values.bounceLmtpPort,
    fronts: values.bounceFronts ?? [],
    isPiped: values.bouncePipe,
    tls: buildTls(settings),
    mailbox: values.bounceImap,
  };
  return {
    inboundDoors,
    readsBounces: hasWayIn(inboundDoors),
    hooks: {
      ...{ ses: values.hookSes, postmark: values.hookPostmark, mailgun: values.hookMailgun },
      ...{ sendgrid: values.hookSendgrid, resend: values.hookResend },
      ...{ brevo: values.hookBrevo, sparkpost: values.hookSparkpost },
    },
  };
}

/** Both files or none, and they have to fit. */
function buildTls(settings: ReadSettings): TlsFiles | null {
  const { bounceCertFile: certFile, bounceKeyFile: keyFile } = settings.values;
  const isWrong = settings.isWrong('bounceCertFile') || settings.isWrong('bounceKeyFile');
  if (!isWrong && settings.isSet('bounceCertFile') !== settings.isSet('bounceKeyFile')) {
    settings.addFault(
      'bounceCertFile',
      'BOUNCE_TLS_CERT_FILE and BOUNCE_TLS_KEY_FILE go together; one is missing.',
    );
  }
  if (certFile === null || keyFile === null) return null;
  return settings.check('bounceCertFile', null, () => {
    try {
      loadTls({ certFile, keyFile });
    } catch {
      throw new InvalidValue('a certificate to which the key in BOUNCE_TLS_KEY_FILE belongs');
    }
    return { certFile, keyFile };
  });
}
