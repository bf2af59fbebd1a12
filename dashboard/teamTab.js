// @ts-check
// Settings: who answers.
import { app } from './app.js';
import { confirmed } from './dialogs.js';
import { $, button, el } from './dom.js';
import { form, input } from './form.js';
import { dotted } from './text.js';

export async function teamTab() {
  const team = await app.team.load();
  return [
    el('ul', team.map(member)),
    el('h3', 'Add a colleague'),
    form(
      'Add',
      add,
      input('a-name', 'Name', { required: false, autocomplete: 'off' }, 'Visitors see it next to replies.'),
      input('a-mail', 'E-mail', { type: 'email', autocomplete: 'off' }),
      input('a-pass', 'Temporary password', { type: 'password', autocomplete: 'new-password' }, 'At least 8 characters.'),
    ),
  ];
}

async function add(node) {
  const [name, email] = [$('#a-name').value.trim(), $('#a-mail').value.trim()];
  await app.api.addAdmin({ email, password: $('#a-pass').value, name: name || undefined });
  node.reset();
  await app.settings.show('team');
  app.toast.show(`${name || email} can sign in now.`);
}

async function remove(admin) {
  const name = admin.name || admin.email;
  if (
    !(await confirmed(
      `Remove ${name}?`,
      'They are signed out at once and can no longer answer. Their past replies stay.',
      'Remove',
    ))
  )
    return;
  try {
    await app.api.dropAdmin(admin.id);
    await app.settings.show('team');
  } catch (error) {
    app.showError(error);
  }
}

const member = (admin, index, team) =>
  el(
    'li',
    el(
      'div',
      el('p', el('b', admin.name || admin.email), admin.id === app.me.id && el('span.dim', ' (you)')),
      el('p.dim.small', dotted(admin.name && admin.email, admin.online && 'online')),
    ),
    // The last one stays.
    team.length > 1 && button('btn.risk', 'Remove', () => remove(admin), { ariaLabel: `Remove ${admin.email}` }),
  );
