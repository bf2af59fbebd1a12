// @ts-check
// The door: sign-in, set-up, an invitation, and a new password by a link.
import { app } from './app.js';
import { $ } from './dom.js';

const MAIL = $('#door').dataset.mail;

/** What the form asks for, by its mode. */
const FORMS = {
  setup: {
    title: 'Create your account',
    lead: 'Visitors see your name next to your replies.',
    fields: ['name', 'email', 'pass'],
    act: 'Create account',
  },
  enter: {
    title: 'Sign in to your inbox',
    fields: ['email', 'pass'],
    act: 'Sign in',
    other: 'Forgot your password?',
    hint: 'First time here? Open the link that LeanChat printed when it started.',
  },
  code: {
    title: 'Enter your code',
    lead: 'Your authenticator app shows it. A recovery code works, too.',
    fields: ['code'],
    act: 'Sign in',
    other: 'Back to sign-in',
  },
  join: {
    title: 'Join the team',
    lead: 'You’ve been invited to answer visitors here. They see your name next to your replies.',
    fields: ['name', 'pass'],
    act: 'Create account',
  },
  forgot: {
    title: 'Forgot your password?',
    lead: MAIL
      ? 'Enter your e-mail address to get a link with which you set a new one.'
      : 'E-mail is not set up here. The server’s owner can run this in the terminal: leanchat admin reset EMAIL',
    fields: MAIL ? ['email'] : [],
    act: 'Send the link',
    other: 'Back to sign-in',
  },
  reset: { title: 'Set a new password', fields: ['pass'], act: 'Save the new password', other: 'Back to sign-in' },
};

export class SignIn {
  #form = $('#door form');
  #mode = 'enter';
  constructor() {
    this.#form.onsubmit = event => {
      event.preventDefault();
      this.#go();
    };
    $('#d-other').onclick = () => {
      this.#forget();
      this.#show(this.#mode === 'enter' ? 'forgot' : 'enter');
    };
  }

  get token() {
    return /^#setup=(.+)/.exec(location.hash)?.[1];
  }
  get resetToken() {
    return /^#reset=(.+)/.exec(location.hash)?.[1];
  }

  get inviteToken() {
    return /^#invite=(.+)/.exec(location.hash)?.[1];
  }

  open(again = false) {
    if (again) this.#show('enter', 'You’ve been signed out. Sign in to pick up where you left off.');
    else
      this.#show(
        this.token ? 'setup' : this.inviteToken ? 'join' : this.resetToken ? 'reset' : location.hash === '#forgot' ? 'forgot' : 'enter',
      );
  }
  close() {
    $('#door').hidden = true;
    $('#app').hidden = false;
    $('#d-pass').value = $('#d-code').value = '';
  }

  #show(mode, lead = FORMS[mode].lead) {
    const form = FORMS[mode];
    const fresh = ['setup', 'reset', 'join'].includes(mode);
    this.#mode = mode;
    for (const field of ['name', 'email', 'pass', 'code']) $(`#f-${field}`).hidden = !form.fields.includes(field);
    $('h1', this.#form).textContent = form.title;
    $('.lead', this.#form).textContent = lead ?? '';
    $('#p-hint').textContent = fresh ? 'Use at least 8 characters.' : '';
    $('#d-pass').autocomplete = fresh ? 'new-password' : 'current-password';
    $('.btn', this.#form).textContent = form.act;
    $('.btn', this.#form).hidden = !form.fields.length;
    $('#d-other').textContent = form.other ?? '';
    $('#d-other').hidden = !form.other;
    $('#d-hint').textContent = form.hint ?? '';
    this.#say('');
    $('#app').hidden = true;
    $('#door').hidden = false;
    document.title = `${mode === 'setup' ? 'Set up' : mode === 'enter' ? 'Sign in' : form.title} – LeanChat`;
    $(form.fields.length ? `#d-${form.fields[0]}` : '#d-other').focus();
  }

  #say(text) {
    $('.bad', this.#form).textContent = text;
  }

  /** A token that is used up, or not used, must not lie in the history. */
  #forget() {
    if (this.token || this.resetToken || this.inviteToken || location.hash === '#forgot') history.replaceState(null, '', location.pathname);
  }

  async #go() {
    const values = { email: $('#d-email').value.trim(), pass: $('#d-pass').value, code: $('#d-code').value.trim() };
    const button = $('.btn', this.#form);
    const empty = FORMS[this.#mode].fields.find(field => values[field] === '');
    if (empty) {
      const both = this.#mode === 'enter' || this.#mode === 'setup';
      const wanted = { email: 'Enter your e-mail.', pass: 'Enter a password.', code: 'Enter the code.' };
      this.#say(both ? 'Enter your e-mail and your password.' : wanted[empty]);
      return $(`#d-${empty}`).focus();
    }
    button.disabled = true;
    this.#say('');
    try {
      await this.#act(values.email, values.pass, values.code);
    } catch (error) {
      if (error.code === 'totp_required') return this.#show('code');
      const usedLink = error.status === 403 && this.#usedLink();
      this.#say(usedLink || this.#complaint(error));
      if (!usedLink) $(this.#mode === 'code' ? '#d-code' : '#d-pass').select();
    } finally {
      button.disabled = false;
    }
  }

  async #act(email, password, code) {
    const name = $('#d-name').value.trim() || undefined;
    if (this.#mode === 'setup') return app.enter(await app.api.setup({ token: this.token, email, password, name }));
    if (this.#mode === 'join') return app.enter(await app.api.accept({ token: this.inviteToken, password, name }));
    if (this.#mode === 'enter') return app.enter(await app.api.login(email, password));
    if (this.#mode === 'code') return app.enter(await app.api.login(email, password, code));
    if (this.#mode === 'forgot') {
      await app.api.forgot(email);
      $('.lead', this.#form).textContent = 'If that address belongs to an admin, an e-mail is on its way. It is good for 30 minutes.';
      return;
    }
    await app.api.reset(this.resetToken, password);
    this.#forget();
    $('#d-pass').value = '';
    this.#show('enter', 'Your new password is saved. Sign in with it.');
  }

  /** What to say of a link that is good no more; shows the form that comes next. */
  #usedLink() {
    const next = { setup: 'enter', join: 'enter', reset: 'forgot' }[this.#mode];
    if (!next) return '';
    const used = this.#mode === 'setup' && 'This set-up link has been used already. Sign in instead.';
    this.#forget();
    this.#show(next);
    return used || 'This link has been used or is out of date. Ask for a new one.';
  }

  #complaint({ status, retry, message }) {
    if (status === 401)
      return this.#mode === 'code'
        ? 'That code is wrong, or it has been used. Wait for the next one.'
        : 'That e-mail and password do not match.';
    if (status !== 429) return message;
    const time = retry > 90 ? `${Math.ceil(retry / 60)} minutes` : 'a minute';
    return `Too many tries. Wait ${time}, then try again.`;
  }
}
