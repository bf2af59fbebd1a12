// @ts-check
// Settings: the line to paste, how the widget looks, signed identity.
import { app } from './app.js';
import { confirmed, copyable, snippet } from './dialogs.js';
import { button, el, fill } from './dom.js';
import { preview } from './preview.js';
import { settingsForm } from './settingsForm.js';
import { newId } from './text.js';

export const websiteTab = async () => [
  el('h3', 'Put the chat on your site'),
  el('p.dim', 'Paste this line into every page, anywhere in the HTML.'),
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
  const turnOff = () => change(null, 'Stop verifying customers?', 'Your website can no longer say who a visitor is.', 'Turn off');
  const renew = () =>
    change(
      newId() + newId(),
      'Make a new secret?',
      'Identities signed with the old secret will no longer be accepted.',
      'Make a new one',
    );
  const draw = secret =>
    fill(
      box,
      el('p.hint', fixed ? 'Fixed in the server’s configuration.' : set ? 'On.' : 'Off.'),
      secret && [el('p.ok', 'Copy the secret now. It is shown only once.'), copyable(secret)],
      !fixed && el('p.end', set && button('btn.risk', 'Turn off…', turnOff), button('btn', set ? 'New secret…' : 'Turn on', renew)),
    );
  draw();
  return [
    el('h3', 'Verify signed-in customers'),
    el('p.dim', 'With a shared secret, your website can tell LeanChat who is signed in, so that nobody can pose as somebody else.'),
    box,
  ];
}
