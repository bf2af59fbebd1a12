// @ts-check
// Settings: the mail servers, a test, the addresses that get no e-mail.
import { app } from './app.js';
import { button, el } from './dom.js';
import { t } from './language.js';
import { providerPicker } from './providers.js';
import { settingsForm } from './settingsForm.js';
import { wait } from './time.js';

/** How long a test e-mail may take to come back, in seconds. */
const BACK_IN = 120;

export async function mailTab() {
  app.mail.load();
  return [
    app.mail.trouble.node,
    ...(await settingsForm(
      group => group === 'Mail',
      ({ fields, save }) => [test(fields, save), app.mail.silent.node],
      (group, fields) => group === 'Mail' && providerPicker(fields),
    )),
  ];
}

function test(fields, save) {
  const outcome = el('p.small', { role: 'status' });
  const say = (text, look, show = true) => {
    outcome.textContent = text;
    outcome.className = `small ${look}`;
    if (show) outcome.scrollIntoView({ block: 'nearest' });
  };
  const receives = () => Boolean(fields.find(field => field.key === 'Mail:Imap:Host')?.value);
  const send = button('btn', t('Send a test e-mail'), async () => {
    send.disabled = true;
    for (const complaint of outcome.closest('form').querySelectorAll('.go [role=alert]')) complaint.textContent = '';
    say(t('Sending…'), 'dim');
    try {
      await save();
      if (receives()) await there(say, outcome);
      else {
        await app.api.testMail();
        say(t('Sent to {address}. Check your inbox.', { address: app.me.email }), 'ok');
      }
    } catch (error) {
      say(error.message, 'bad', !error.field);
    }
    send.disabled = false;
  });
  return [el('h3', t('Try it')), send, outcome];
}

/** Sends one to the mailbox and waits until it has come back. */
async function there(say, outcome) {
  const before = app.mail.test?.sent_at;
  await app.api.testMail(true);
  say(t('Sent. Waiting for it to come back …'), 'dim');
  for (let second = 0; second < BACK_IN && outcome.isConnected; second++) {
    // A frame tells it at once, if the connection is up.
    if (second % 5 === 0) await app.mail.load();
    const { test: mine, deaf } = app.mail;
    if (deaf) return say(`${t('Sent, but the mailbox can’t be read.')} ${app.mail.said(deaf)}`, 'bad');
    if (mine?.answered_at && mine.sent_at !== before) {
      const seconds = Math.max(1, Math.round((Date.parse(mine.answered_at) - Date.parse(mine.sent_at)) / 1000));
      return say(t('It came back after {n} s.', { n: seconds }), 'ok');
    }
    await wait(1000);
  }
  say(t('It has not come back within two minutes. Check the address for answers and the folder.'), 'bad');
}
