// @ts-check
// Sign-in and set-up.
import { app } from './app.js';
import { $ } from './dom.js';

export class SignIn {
  #form = $('#door form');
  #first = null;
  constructor() {
    this.#form.onsubmit = event => {
      event.preventDefault();
      this.#go();
    };
  }

  get token() {
    return /^#setup=(.+)/.exec(location.hash)?.[1];
  }

  open(again = false) {
    const first = (this.#first = !again && this.token);
    const lead = first
      ? 'Visitors see your name next to your replies.'
      : again && 'You’ve been signed out. Sign in to pick up where you left off.';
    $('#f-name').hidden = !first;
    $('h1', this.#form).textContent = first ? 'Create your account' : 'Sign in to your inbox';
    $('.lead', this.#form).textContent = lead || '';
    $('#p-hint').textContent = first ? 'Use at least 8 characters.' : '';
    $('.btn', this.#form).textContent = first ? 'Create account' : 'Sign in';
    $('#d-pass').autocomplete = first ? 'new-password' : 'current-password';
    $('#d-hint').textContent = first
      ? ''
      : 'First time here? Open the link that LeanChat printed when it started. Forgot your password? Run: leanchat admin reset EMAIL';
    this.#say('');
    $('#app').hidden = true;
    $('#door').hidden = false;
    document.title = `${first ? 'Set up' : 'Sign in'} – LeanChat`;
    $(first ? '#d-name' : '#d-email').focus();
  }
  close() {
    $('#door').hidden = true;
    $('#app').hidden = false;
    $('#d-pass').value = '';
  }

  #say(text) {
    $('.bad', this.#form).textContent = text;
  }

  async #go() {
    const email = $('#d-email').value.trim();
    const password = $('#d-pass').value;
    const button = $('.btn', this.#form);
    if (!email || !password) {
      this.#say('Enter your e-mail and your password.');
      return $(email ? '#d-pass' : '#d-email').focus();
    }
    button.disabled = true;
    this.#say('');
    try {
      const me = this.#first
        ? await app.api.setup({ token: this.token, email, password, name: $('#d-name').value.trim() || undefined })
        : await app.api.login(email, password);
      app.enter(me);
    } catch (error) {
      const usedLink = this.#first && error.status === 403;
      if (usedLink) {
        history.replaceState(null, '', location.pathname);
        this.open();
      }
      this.#say(this.#complaint(error, usedLink));
      $('#d-pass').select();
    } finally {
      button.disabled = false;
    }
  }

  #complaint({ status, retry, message }, usedLink) {
    if (status === 401) return 'That e-mail and password do not match.';
    if (status === 403 && usedLink) return 'This set-up link has been used already. Sign in instead.';
    if (status !== 429) return message;
    const time = retry > 90 ? `${Math.ceil(retry / 60)} minutes` : 'a minute';
    return `Too many tries. Wait ${time}, then try again.`;
  }
}
