// @ts-check
// Settings: one's own account, and this device.
import { app } from './app.js';
import { Devices } from './devices.js';
import { $, button, checkbox, el } from './dom.js';
import { form, input } from './form.js';
import { storage } from './storage.js';
import { dotted } from './text.js';

export async function accountTab() {
  const change = async node => {
    await app.api.password($('#y-old').value, $('#y-new').value);
    node.reset();
    app.toast.show('Password changed. You’ve been signed out everywhere else.');
  };
  return [
    el('h3', 'You'),
    el('p', dotted(app.me.name, app.me.email)),
    el('h3', 'On this device'),
    checkbox('y-sound', 'Play a sound when somebody writes', !app.attention.muted, on => app.attention.mute(!on)),
    checkbox('y-again', 'Repeat it until I come back', !storage.get('once'), on => storage.set('once', !on)),
    checkbox('y-keys', 'Keyboard shortcuts', app.shortcuts.on, on => (app.shortcuts.on = on)),
    el('p.end', button('btn', 'Try the sound', () => app.attention.test())),
    await new Devices().draw(),
    el('h3', 'Change your password'),
    form(
      'Change password',
      change,
      // For password managers: whose password it is.
      el('input', { hidden: true, autocomplete: 'username', value: app.me.email, ariaHidden: 'true', tabIndex: -1 }),
      input('y-old', 'Current password', { type: 'password', autocomplete: 'current-password' }),
      input('y-new', 'New password', { type: 'password', autocomplete: 'new-password' }, 'At least 8 characters.'),
    ),
    el('h3', 'Leave'),
    button('btn', 'Sign out', () => app.leave()),
  ];
}
