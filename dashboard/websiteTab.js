// @ts-check
// Settings: the line to paste, how the widget looks, signed identity.
import { app } from './app.js';
import { confirmed, copyable, snippet } from './dialogs.js';
import { button, el, fill } from './dom.js';
import { t } from './language.js';
import { preview } from './preview.js';
import { settingsForm } from './settingsForm.js';
import { newId } from './text.js';

export const websiteTab = async () => [
  el('h3', t('Put the chat on your site')),
  el('p.dim', t('Paste this line into every page, anywhere in the HTML.')),
  snippet(),
  ...(await settingsForm(
    group => /^(?:Widget|General|Rating)$/.test(group),
    ({ all }) => signedIdentity(all.IdentitySecret),
    (group, fields) => group === 'Widget' && preview(fields),
  )),
];

/** The secret is shown once, when it has been made; afterwards only whether there is one. */
function signedIdentity({ set, fixed }) {
  const box = el('div', { role: 'status' });
  const change = async (secret, question, consequence, yes) => {
    if (set && !(await confirmed(question, consequence, yes))) return;
    try {
      await app.api.change({ IdentitySecret: secret });
      set = Boolean(secret);
      draw(secret);
    } catch (error) {
      app.showError(error);
    }
  };
  const turnOff = () => change(null, t('Stop verifying customers?'), t('Your website can no longer say who a visitor is.'), t('Turn off'));
  const renew = () =>
    change(
      newId() + newId(),
      t('Make a new secret?'),
      t('Identities signed with the old secret will no longer be accepted.'),
      t('Make a new one'),
    );
  const draw = secret =>
    fill(
      box,
      el('p.hint', fixed ? t('Fixed in the server’s configuration.') : set ? t('On.') : t('Off.')),
      secret && [el('p.ok', t('Copy the secret now. It is shown only once.')), copyable(secret)],
      !fixed &&
        el('p.end', set && button('btn.risk', t('Turn off…'), turnOff), button('btn', set ? t('New secret…') : t('Turn on'), renew)),
    );
  draw();
  return [
    el('h3', t('Verify signed-in customers')),
    el('p.dim', t('With a shared secret, your website can tell LeanChat who is signed in, so that nobody can pose as somebody else.')),
    box,
  ];
}
