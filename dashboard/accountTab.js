// @ts-check
// Settings: one's own account, and this device.
import { app } from './app.js';
import { Devices } from './devices.js';
import { $, button, checkbox, el } from './dom.js';
import { form, input } from './form.js';
import { t } from './language.js';
import { SecondFactor } from './secondFactor.js';
import { storage } from './storage.js';

/** The address needs the password: whoever has it can ask for a new one. */
function profile() {
  const { me } = app;
  const email = input('y-mail', t('E-mail'), { type: 'email', value: me.email, autocomplete: 'email' });
  const password = input(
    'y-pass',
    t('Current password'),
    { type: 'password', autocomplete: 'current-password' },
    t('To change your address.'),
  );
  password.hidden = true;
  email.oninput = () => (password.hidden = $('#y-mail').value.trim() === me.email);
  const save = async () => {
    const address = $('#y-mail').value.trim();
    const moved = address !== me.email && { email: address, current_password: $('#y-pass').value };
    app.me = await app.api.changeMe({ name: $('#y-name').value.trim() || null, ...moved });
    await app.team.load();
    await app.settings.show('you');
    app.toast.show(t('Saved.'));
  };
  return form(
    t('Save'),
    save,
    input(
      'y-name',
      t('Name'),
      { value: me.name ?? '', required: false, maxLength: 100, autocomplete: 'name' },
      t('Visitors see it next to your replies.'),
    ),
    email,
    password,
  );
}

function passwordForm() {
  const change = async node => {
    await app.api.password($('#y-old').value, $('#y-new').value);
    node.reset();
    app.toast.show(t('Password changed. You’ve been signed out everywhere else.'));
  };
  return form(
    t('Change password'),
    change,
    // For password managers: whose password it is.
    el('input', { hidden: true, autocomplete: 'username', value: app.me.email, ariaHidden: 'true', tabIndex: -1 }),
    input('y-old', t('Current password'), { type: 'password', autocomplete: 'current-password' }),
    input('y-new', t('New password'), { type: 'password', autocomplete: 'new-password' }, t('At least 8 characters.')),
  );
}

export const accountTab = async () => [
  el('h3', t('You')),
  profile(),
  el('h3', t('On this device')),
  checkbox('y-sound', t('Play a sound when somebody writes'), !app.attention.muted, on => app.attention.mute(!on)),
  checkbox('y-again', t('Repeat it until I come back'), !storage.get('once'), on => storage.set('once', !on)),
  checkbox('y-keys', t('Keyboard shortcuts'), app.shortcuts.on, on => (app.shortcuts.on = on)),
  el('p.end', button('btn', t('Try the sound'), () => app.attention.test())),
  await new Devices().draw(),
  el('h3', t('Change your password')),
  passwordForm(),
  new SecondFactor().node,
  el('h3', t('Leave')),
  button('btn', t('Sign out'), () => app.leave()),
];
