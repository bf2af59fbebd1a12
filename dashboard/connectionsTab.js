// @ts-check
// Settings: what programs of the owner connect with.
import { app } from './app.js';
import { confirmed, copyable } from './dialogs.js';
import { $, button, el, fill } from './dom.js';
import { form, input } from './form.js';
import { t } from './language.js';
import { dotted } from './text.js';
import { ago, clock, YEAR } from './time.js';
import { webhooksPart } from './webhooks.js';

export async function connectionsTab() {
  const [tokens, hooks] = await Promise.all([app.api.tokens(), app.api.webhooks()]);
  return [
    el('h3', t('API tokens')),
    el('p.dim', t('With a token, a program reads and answers chats under its own name: a bot, or a bridge to another chat.')),
    el('ul', tokens.map(tokenItem)),
    el('h3', t('New token')),
    form(
      t('Make a token'),
      makeToken,
      input('k-name', t('Name'), { maxLength: 100, autocomplete: 'off' }, t('Visitors see it next to its replies.')),
      input('k-end', t('Ends after'), { type: 'date', required: false }, t('Leave empty for a token without an end.')),
    ),
    el('div', { id: 'k-made', role: 'status' }),
    ...webhooksPart(hooks, tokens),
  ];
}

/** The day that was chosen is the last one. */
const endOf = day => (day ? new Date(`${day}T23:59:59.999`).toISOString() : null);

async function makeToken() {
  const made = await app.api.addToken({ name: $('#k-name').value.trim(), expires_at: endOf($('#k-end').value) });
  await app.settings.show('links');
  fill($('#k-made'), el('p.ok', t('Copy the token now. It is shown only once.')), copyable(made.token));
}

function tokenItem({ id, name, created_at: made, expires_at: end, last_used_at: used }) {
  const over = end && Date.parse(end) <= clock.now();
  const date = end && YEAR.format(new Date(end));
  return el(
    'li',
    el(
      'div',
      el('p', el('b', { dir: 'auto' }, name)),
      el(
        over ? 'p.bad.small' : 'p.dim.small',
        dotted(
          t('Made {when}', { when: ago(made) }),
          used ? t('Last used {when}', { when: ago(used) }) : t('Never used'),
          end && (over ? t('Ended on {date}', { date }) : t('Ends on {date}', { date })),
        ),
      ),
    ),
    button('btn.risk', t('End'), () => endToken(id, name), { ariaLabel: t('End {name}', { name }) }),
  );
}

async function endToken(id, name) {
  const text = t('Whatever uses this token is cut off at once. Its messages stay.');
  if (!(await confirmed(t('End {name}?', { name }), text, t('End')))) return;
  try {
    await app.api.dropToken(id);
    await app.settings.show('links');
  } catch (error) {
    app.showError(error);
  }
}
