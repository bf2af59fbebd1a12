// @ts-check
// The door: sign-in, set-up, an invitation, and a new password by a link.
import { app } from './app.js';
import { $ } from './dom.js';
import { plural, t } from './language.js';

const MAIL = $('#door').dataset.mail;

/** What the form asks for, by its mode. */
const FORMS = {
  setup: {
    title: t('Create your account'),
    lead: t('Visitors see your name next to your replies.'),
    fields: ['name', 'email', 'pass'],
    act: t('Create account'),
  },
  enter: {
    title: t('Sign in to your inbox'),
    fields: ['email', 'pass'],
    act: t('Sign in'),
    other: t('Forgot your password?'),
    hint: t('First time here? Open the link that LeanChat printed when it started.'),
  },
  code: {
    title: t('Enter your code'),
    lead: t('Your authenticator app shows it. A recovery code works, too.'),
    fields: ['code'],
    act: t('Sign in'),
    other: t('Back to sign-in'),
  },
  join: {
    title: t('Join the team'),
    lead: t('You’ve been invited to answer visitors here. They see your name next to your replies.'),
    fields: ['name', 'pass'],
    act: t('Create account'),
  },
  forgot: {
    title: t('Forgot your password?'),
    lead: MAIL
      ? t('Enter your e-mail address to get a link with which you set a new one.')
      : t('E-mail is not set up here. The server’s owner can run this in the terminal: leanchat admin reset EMAIL'),
    fields: MAIL ? ['email'] : [],
    act: t('Send the link'),
    other: t('Back to sign-in'),
  },
  reset: { title: t('Set a new password'), fields: ['pass'], act: t('Save the new password'), other: t('Back to sign-in') },
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
    if (again) this.#show('enter', t('You’ve been signed out. Sign in to pick up where you left off.'));
    else if (this.token) this.#show('setup');
    else if (this.inviteToken) this.#show('join');
    else if (this.resetToken) this.#show('reset');
    else this.#show(location.hash === '#forgot' ? 'forgot' : 'enter');
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
    $('#p-hint').textContent = fresh ? t('Use at least 8 characters.') : '';
    $('#d-pass').autocomplete = fresh ? 'new-password' : 'current-password';
    $('.btn', this.#form).textContent = form.act;
    $('.btn', this.#form).hidden = !form.fields.length;
    $('#d-other').textContent = form.other ?? '';
    $('#d-other').hidden = !form.other;
    $('#d-hint').textContent = form.hint ?? '';
    this.#say('');
    $('#app').hidden = true;
    $('#door').hidden = false;
    document.title = `${mode === 'setup' ? t('Set up') : mode === 'enter' ? t('Sign in') : form.title} – LeanChat`;
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
      const wanted = { email: t('Enter your e-mail.'), pass: t('Enter a password.'), code: t('Enter the code.') };
      this.#say(both ? t('Enter your e-mail and your password.') : wanted[empty]);
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
      $('.lead', this.#form).textContent = t('If that address belongs to an admin, an e-mail is on its way. It is good for 30 minutes.');
      return;
    }
    await app.api.reset(this.resetToken, password);
    this.#forget();
    $('#d-pass').value = '';
    this.#show('enter', t('Your new password is saved. Sign in with it.'));
  }

  /** What to say of a link that is good no more; shows the form that comes next. */
  #usedLink() {
    const next = { setup: 'enter', join: 'enter', reset: 'forgot' }[this.#mode];
    if (!next) return '';
    const used = this.#mode === 'setup' && t('This set-up link has been used already. Sign in instead.');
    this.#forget();
    this.#show(next);
    return used || t('This link has been used or is out of date. Ask for a new one.');
  }

  #complaint({ status, retry, message }) {
    if (status === 401)
      return this.#mode === 'code'
        ? t('That code is wrong, or it has been used. Wait for the next one.')
        : t('That e-mail and password do not match.');
    if (status !== 429) return message;
    return plural(
      retry > 90 ? Math.ceil(retry / 60) : 1,
      'Too many tries. Wait a minute, then try again.|Too many tries. Wait {n} minutes, then try again.',
    );
  }
}
