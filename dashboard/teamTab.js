// @ts-check
// Settings: who answers.
import { app } from './app.js';
import { confirmed, copyable } from './dialogs.js';
import { $, button, el, fill } from './dom.js';
import { form, input } from './form.js';
import { t } from './language.js';
import { dotted } from './text.js';

export async function teamTab() {
  const team = await app.team.load();
  return [
    el('ul', team.map(member)),
    el('h3', t('Invite a colleague')),
    form(
      t('Invite'),
      invite,
      input('a-mail', t('E-mail'), { type: 'email', autocomplete: 'off' }, t('They choose their own name and password.')),
    ),
    el('div', { id: 'a-link', role: 'status' }),
  ];
}

async function invite(node) {
  const email = $('#a-mail').value.trim();
  fill($('#a-link'));
  const { url } = await app.api.invite(email);
  node.reset();
  fill(
    $('#a-link'),
    el(
      'p.ok',
      app.me.mail_ready
        ? t('We’ve e-mailed {email} this link. You can also send it yourself.', { email })
        : t('Send this link to {email}.', { email }),
    ),
    copyable(url),
    el('p.hint', t('It works once, for three days.')),
  );
}

async function remove(admin) {
  const name = admin.name || admin.email;
  if (
    !(await confirmed(
      t('Remove {name}?', { name }),
      t('They are signed out at once and can no longer answer. Their past replies stay.'),
      t('Remove'),
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
      el('p', el('b', admin.name || admin.email), admin.id === app.me.id && el('span.dim', ` ${t('(you)')}`)),
      el('p.dim.small', dotted(admin.name && admin.email, admin.online && t('online'))),
    ),
    // The last one stays.
    team.length > 1 && button('btn.risk', t('Remove'), () => remove(admin), { ariaLabel: t('Remove {name}', { name: admin.email }) }),
  );
