import { brevo } from './cases/brevo-cases.js';
import { mailgun } from './cases/mailgun-cases.js';
import { postmark } from './cases/postmark-cases.js';
import type { ProviderCase } from './cases/provider-case.js';
import { resend } from './cases/resend-cases.js';
import { sendgrid } from './cases/sendgrid-cases.js';
import { ses } from './cases/ses-cases.js';
import { sparkpost } from './cases/sparkpost-cases.js';

export const PROVIDERS: ProviderCase[] = [
  ...[ses, postmark, mailgun, sendgrid, resend, brevo, sparkpost],
];
