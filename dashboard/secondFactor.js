// @ts-check
// Settings: a code from an app at sign-in, besides the password.
import { app } from './app.js';
import { copyable } from './dialogs.js';
import { $, button, el, fill } from './dom.js';
import { form, input } from './form.js';
import { t } from './language.js';
import { qrCode } from './qr.js';

/** Black on white in the dark, too: not every app reads it the other way round. */
function codePicture(text) {
  const rows = qrCode(text);
  const size = rows.length + 8;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join(''));
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', t('QR code for your app'));
  svg.append(path);
  return svg;
}

export class SecondFactor {
  #box = el('div');
  node = el('section', { ariaLabel: t('Second factor') }, el('h3', t('Second factor')), this.#box);

  constructor() {
    this.#rest();
  }

  #rest() {
    fill(this.#box, app.me.totp ? this.#on() : this.#off());
  }

  #off() {
    const begin = async () => {
      try {
        fill(this.#box, this.#begun(await app.api.totp()));
        $('#t-code').focus();
      } catch (error) {
        app.showError(error);
      }
    };
    return [
      el('p.dim', t('A code from an app on your phone, besides the password. Somebody who learns your password still can’t get in.')),
      el('p.end', button('btn', t('Turn on'), begin)),
    ];
  }

  #begun({ secret, uri }) {
    const confirm = async () => {
      const { recovery_codes: codes } = await app.api.confirmTotp($('#t-code').value.trim());
      app.me = { ...app.me, totp: true };
      fill(this.#box, this.#told(codes));
      $('#t-told').focus();
    };
    return [
      el('p', t('Scan this with an authenticator app, or enter the key there by hand.')),
      codePicture(uri),
      el('p', el('code.key', secret.match(/.{1,4}/g).join(' '))),
      el('p', el('a', { href: uri }, t('Open the app on this device'))),
      form(
        t('Turn on'),
        confirm,
        input('t-code', t('Code that the app shows'), { inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 6 }),
      ),
      button('link', t('Cancel'), () => this.#rest()),
    ];
  }

  #told(codes) {
    return [
      el('p.ok', { id: 't-told', tabIndex: -1 }, t('It is on. You’ve been signed out everywhere else.')),
      el('p', t('Keep these codes where you find them without your phone. Each works once, and they are shown only now.')),
      copyable(codes.join('\n')),
      el('p.end', button('btn', t('I’ve kept them'), () => this.#rest())),
    ];
  }

  #on() {
    const end = async () => {
      await app.api.endTotp($('#t-pass').value);
      app.me = { ...app.me, totp: false };
      this.#rest();
      app.toast.show(t('The second factor is off.'));
    };
    return [
      el('p', el('b.ok', t('On.')), ' ', t('You’re asked for a code when you sign in.')),
      el(
        'details',
        el('summary', t('Turn it off')),
        form(t('Turn off'), end, input('t-pass', t('Your password'), { type: 'password', autocomplete: 'current-password' })),
      ),
    ];
  }
}
