// @ts-check
// Mail providers: what to enter for each, and what else it asks for.
import { el, externalLink, fill } from './dom.js';
import { LOCALE, t } from './language.js';

const IONOS = /-(?:DE|AT)$/.test(LOCALE) ? 'ionos.de' : 'ionos.com';

/** Host, port and encryption for sending and for receiving; a hint; a page of the provider. */
const PROVIDERS = {
  gmail: {
    name: 'Gmail',
    smtp: ['smtp.gmail.com', '587', 'starttls'],
    imap: ['imap.gmail.com', '993', 'tls'],
    hint: t('Gmail takes only an app password here, not your own. Turn on 2-step verification, then make one.'),
    link: 'https://myaccount.google.com/apppasswords',
  },
  workspace: {
    name: 'Google Workspace',
    smtp: ['smtp.gmail.com', '587', 'starttls'],
    imap: ['imap.gmail.com', '993', 'tls'],
    hint: t(
      'Google takes only an app password here, not your own. Turn on 2-step verification, then make one. ' +
      'Your administrator may have to allow IMAP.',
    ),
    link: 'https://myaccount.google.com/apppasswords',
  },
  fastmail: {
    name: 'Fastmail',
    smtp: ['smtp.fastmail.com', '465', 'tls'],
    imap: ['imap.fastmail.com', '993', 'tls'],
    hint: t('Fastmail takes only an app password here: Settings, Privacy & Security, Manage app passwords.'),
    link: 'https://app.fastmail.com/settings/security/apps',
  },
  mailbox: {
    name: 'mailbox.org',
    smtp: ['smtp.mailbox.org', '465', 'tls'],
    imap: ['imap.mailbox.org', '993', 'tls'],
    hint: t('With two-factor sign-in, make an application password: All settings, Security, Application passwords.'),
  },
  ionos: {
    name: 'IONOS',
    smtp: [`smtp.${IONOS}`, '465', 'tls'],
    imap: [`imap.${IONOS}`, '993', 'tls'],
    hint: t(
      'The username is the whole e-mail address. The servers’ names end as the IONOS site where you have your contract: ' +
      '.com, .de, .co.uk, .fr, .es …',
    ),
  },
  strato: {
    name: 'Strato',
    smtp: ['smtp.strato.de', '465', 'tls'],
    imap: ['imap.strato.de', '993', 'tls'],
    hint: t('The username is the whole e-mail address, the password that of the mailbox.'),
  },
  ovh: {
    name: 'OVH',
    smtp: ['ssl0.ovh.net', '465', 'tls'],
    imap: ['ssl0.ovh.net', '993', 'tls'],
    hint: t('The username is the whole e-mail address. Exchange and Zimbra have other servers: OVH’s control panel names them.'),
  },
  zoho: {
    name: 'Zoho',
    smtp: ['smtp.zoho.com', '465', 'tls'],
    imap: ['imap.zoho.com', '993', 'tls'],
    hint: t(
      'Turn on IMAP in Zoho Mail’s settings. With two-factor sign-in, make an app password. For an address of your own domain ' +
      'the servers are smtppro.zoho.com and imappro.zoho.com; for an account in Europe they end in .eu.',
    ),
  },
  microsoft: {
    name: 'Microsoft 365, Outlook.com',
    hint: t(
      'Microsoft takes no passwords for this any more, not even app passwords. To send, use another provider or an SMTP relay ' +
      '(Brevo, Mailgun, Postmark …) with your address as the sender. To receive answers, forward them in Outlook to a mailbox ' +
      'elsewhere and enter that mailbox here.',
    ),
  },
  other: { name: t('Another'), hint: t('Your provider’s help names the servers: SMTP for sending, IMAP for receiving.') },
};

/** @param {any[]} fields of the settings; those that are fixed or not there are left alone */
export function providerPicker(fields) {
  const fieldOf = key => fields.find(field => field.key === key);
  const host = fieldOf('Mail:Smtp:Host')?.value;
  const now = host ? (Object.entries(PROVIDERS).find(([, { smtp }]) => smtp?.[0] === host)?.[0] ?? 'other') : '';
  const hint = el('p.hint', { id: 'provider-h', role: 'status' });
  const explain = ({ hint: words, link } = /** @type {any} */ ({})) =>
    fill(hint, words, link && [' ', externalLink(link, t('Make an app password'))]);
  const choose = id => {
    const provider = PROVIDERS[id];
    explain(provider);
    for (const [way, values] of [['Smtp', provider?.smtp], ['Imap', provider?.imap]])
      ['Host', 'Port', 'Security'].forEach((what, at) => {
        if (values) fieldOf(`Mail:${way}:${what}`)?.put(values[at]);
      });
  };
  explain(PROVIDERS[now]);
  return el(
    'div.field',
    el('label', { htmlFor: 'provider' }, t('Your e-mail provider')),
    el(
      'select',
      { id: 'provider', 'aria-describedby': 'provider-h', onchange: event => choose(event.target.value) },
      !now && el('option', { value: '' }, t('Choose…')),
      Object.entries(PROVIDERS).map(([id, { name }]) => el('option', { value: id, selected: id === now }, name)),
    ),
    hint,
  );
}
