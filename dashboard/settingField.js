// @ts-check
// One setting as a field.
import { button, el } from './dom.js';
import { t, texts } from './language.js';
import { language } from './text.js';

// Labels and hints for people, where they are better than the key and the server's description.
const LABELS = texts({
  AppName: 'Shop name',
  SiteUrl: 'Your website',
  AllowedOrigins: 'Allowed sites',
  'Widget:Away': 'Away message',
  'Widget:Consent': 'Privacy note',
  'Widget:Color': 'Colour',
  'Widget:Locale': 'Language',
  'Widget:HideWhenAway': 'Hide the chat button when you’re away',
  'Widget:Greetings': 'Greetings beside the chat button',
  'Widget:Questions': 'Starter questions',
  'Widget:Ask': 'Ask for name and e-mail',
  'Rating:Enabled': 'Ask visitors how it was when you archive',
  'Hours:Open': 'Opening hours',
  'Mail:From': 'Sender',
  'Mail:HeloName': 'This server’s name (HELO)',
  'Mail:Smtp:Host': 'Mail server (SMTP)',
  'Mail:Smtp:User': 'Username',
  'Mail:Smtp:Security': 'Encryption',
  'Mail:Imap:Host': 'Mail server (IMAP)',
  'Mail:Imap:User': 'Username',
  'Mail:Imap:Security': 'Encryption',
  'Mail:Imap:Address': 'Address for answers',
  'Mail:Imap:PlusAddress': 'The mailbox takes addresses with a +',
  'Mail:ReplyDays': 'Take answers for … days',
  Presence: 'What visitors see',
  'Retention:ArchivedDays': 'Delete archived chats after … days',
});
const HINTS = texts({
  AppName: 'Shown in the chat, the dashboard and e-mails.',
  SiteUrl: 'Links in e-mails open this site.',
  AllowedOrigins: 'Leave empty to allow any site.',
  Presence:
    'Automatic: online while one of you uses the dashboard, within your opening hours. Online: at all hours, until nobody has ' +
    'used the dashboard for 12 hours.',
  'Widget:Title': 'Leave empty to use your shop name.',
  'Widget:Greeting': 'The first message visitors see. The default is translated automatically.',
  'Widget:Color': 'We pick a readable text colour.',
  'Widget:Position': 'The corner of the chat button.',
  'Widget:Locale': 'Automatic: the language of the page, else of the browser.',
  'Widget:Consent': 'Shown above the message box until the first message, for example a link to your privacy policy.',
  'Widget:Away': 'Leave empty to show when you’re back.',
  'Widget:HideWhenAway': '',
  'Widget:Greetings':
    'One a line: seconds to wait, a part of the page’s address, your words. Like: 10, /pricing, Questions about our prices? ' +
    'Leave the middle empty for every page. The first that fits is shown.',
  'Widget:Questions': 'Up to three, one a line. Visitors send one with a tap.',
  'Widget:Ask': 'So that your answer reaches them when they have left.',
  'Rating:Enabled': 'They see two buttons, good and not good, and may add a line.',
  'Hours:Open': 'Like Mon-Fri 09:00-17:00. Leave empty to show no hours.',
  'Hours:TimeZone': 'The time zone of your opening hours.',
  'Mail:From': 'The address e-mails come from. Leave empty to send no e-mail.',
  'Mail:HeloName': 'How this server introduces itself to the mail server. Leave empty to use the name of its public address.',
  'Mail:Smtp:Host': 'Like smtp.yourprovider.com. Leave empty to send no e-mail.',
  'Mail:Smtp:Port': 'Usually 587 or 465.',
  'Mail:Smtp:User': 'Often your e-mail address. Leave empty if the mail server needs none.',
  'Mail:Smtp:Password': '',
  'Mail:Smtp:Security': 'Automatic works with most mail servers.',
  'Retention:ArchivedDays': '0: never.',
});
const CHOICES = { auto: t('Automatic'), starttls: 'STARTTLS', tls: 'TLS', here: t('Online') };
const ASK = texts({
  before: 'Before the first message',
  after: 'After the first message',
  away: 'After it, while you’re away',
  never: 'Never',
});
const GROUPS = texts({
  Hours: 'Opening hours',
  Retention: 'Data',
  Widget: 'Chat window',
  Rating: 'Ratings',
  Mail: 'Sending e-mails',
  'Mail:Imap': 'Receiving answers',
});

/** The default, which every visitor reads in their own language; here it stands in the owner's. */
export const GREETING = 'Hi! How can we help?';
const HELLO = t('Hi! How can we help?');
const asShown = value => (value === GREETING ? HELLO : value);

const LOCALES = ' en es pt-BR pt fr de it nl pl cs sv da nb fi tr ru uk el ro hu ar he ja zh-CN'.split(' ');

export const groupOf = key => (key.includes(':') ? key.split(':')[0] : 'General');

/** The heading under which a setting stands: receiving has one of its own. */
export const sectionOf = key => (/^Mail:(?:Imap:|ReplyDays)/.test(key) ? 'Mail:Imap' : groupOf(key));

const readable = key => {
  const words = key
    .replace(/.*:/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return t(words[0].toUpperCase() + words.slice(1));
};

export const groupName = group => GROUPS[group] ?? readable(group);

/** One setting as a field: a string, null the default. A secret never comes from the server. */
export class SettingField {
  static KEPT = t('Saved. Type a new one to replace it.');
  #removed = false;
  #complaint = el('p.bad.small', { hidden: true });

  /** @param {string} prefix of its id: the same setting may stand in two places */
  constructor(key, setting, prefix = 'k') {
    const { value, fixed, about = '', set } = setting;
    this.key = key;
    this.secret = set != null;
    this.was = this.#whole(String(value ?? ''));
    const id = `${prefix}-${key.replaceAll(':', '-')}`;
    this.field = this.#field(setting, { id, disabled: fixed });
    this.name = LABELS[key] ?? readable(key);
    this.#complaint.id = `${id}-c`;
    const label = el('label', { htmlFor: id }, this.name);
    const hint = el('p.hint', { id: `${id}-h` }, HINTS[key] ?? t(about), fixed && ` ${t('Fixed in the server’s configuration.')}`);
    if (set && !fixed)
      hint.append(
        ' ',
        button('link', t('Remove it'), () => this.#remove()),
      );
    this.field.setAttribute('aria-describedby', `${this.#complaint.id} ${hint.id}`);
    this.field.addEventListener('input', () => this.complain(''));
    this.node = el('div.field', this.#ticks ? el('div.row-f', this.field, label) : [label, this.field], this.#complaint, hint);
  }

  get #ticks() {
    return this.field.type === 'checkbox';
  }

  /** What fits the value: a new setting needs no new code. */
  #field({ choices, set }, properties) {
    const { key, was } = this;
    if (this.secret)
      return el('input', {
        ...properties,
        type: 'password',
        autocomplete: 'new-password',
        placeholder: set ? SettingField.KEPT : '',
      });
    if (/^(true|false)$/i.test(was)) {
      this.was = was.toLowerCase();
      return el('input', { ...properties, type: 'checkbox', checked: this.was === 'true' });
    }
    if (/Colou?r$/.test(key)) {
      this.was = was.toLowerCase() || '#1f5fbf';
      return el('input', { ...properties, type: 'color', value: this.was });
    }
    const select = (all, nameOf) =>
      el(
        'select',
        properties,
        [...new Set([was, ...all])].map(one => el('option', { value: one, selected: one === was }, nameOf(one))),
      );
    if (choices) return select(choices, one => (key === 'Widget:Ask' ? ASK : CHOICES)[one] ?? readable(one));
    if (/Locale$/.test(key)) return select(LOCALES, tag => (tag ? language(tag) : t('Automatic')));
    if (/TimeZone$/.test(key)) return select(Intl.supportedValuesOf('timeZone'), zone => zone.replaceAll('_', ' '));
    const tag = /Greetings?$|Questions$/.test(key) ? 'textarea' : 'input';
    return el(tag, { ...properties, value: asShown(was), autocomplete: 'off', rows: 3 });
  }

  #remove() {
    this.#removed = true;
    this.field.value = '';
    this.field.placeholder = t('Removed when you save.');
  }

  /** Websites may be typed without https. */
  #whole(text) {
    if (!/^(?:SiteUrl|AllowedOrigins)$/.test(this.key)) return text;
    const all = text.split(/[\s,]+/).filter(Boolean);
    return all.map(one => (/^\w+:|^\*/.test(one) ? one : `https://${one}`)).join(', ');
  }

  get value() {
    if (this.field.value === HELLO) return GREETING;
    return this.#ticks ? String(this.field.checked) : this.#whole(this.field.value) || (this.#removed ? null : '');
  }
  get changed() {
    return this.value !== this.was;
  }

  /** Enters a value for the owner, unless configuration has fixed it. */
  put(value) {
    if (this.field.disabled) return;
    this.field.value = value;
    this.field.dispatchEvent(new Event('input'));
  }

  /** Says at the field what is wrong with it. */
  complain(text) {
    this.#complaint.textContent = text;
    this.#complaint.hidden = !text;
    this.field.ariaInvalid = text ? 'true' : null;
    if (text) this.field.focus();
  }

  /** The server has taken the value. */
  kept() {
    if (this.secret) {
      this.field.placeholder = this.value ? SettingField.KEPT : '';
      this.field.value = '';
      this.#removed = false;
    }
    this.was = this.value;
    if (!this.#ticks && this.field.value !== asShown(this.was)) this.field.value = asShown(this.was);
    this.complain('');
  }
}
