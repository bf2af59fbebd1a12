// @ts-check
// Settings: the mail server, a test, the addresses that get no e-mail.
import { app } from './app.js';
import { button, el } from './dom.js';
import { settingsForm } from './settingsForm.js';

export async function mailTab() {
  app.mail.load();
  return [
    app.mail.trouble.node,
    ...(await settingsForm(
      group => group === 'Mail',
      ({ save }) => test(save),
    )),
    app.mail.silent.node,
  ];
}

function test(save) {
  const outcome = el('p.small', { role: 'status' });
  const say = (text, look) => {
    outcome.textContent = text;
    outcome.className = `small ${look}`;
    outcome.scrollIntoView({ block: 'nearest' });
  };
  const send = button('btn', 'Send a test e-mail', async () => {
    send.disabled = true;
    say('Sending…', 'dim');
    try {
      await save();
      await app.api.testMail();
      say(`Sent to ${app.me.email}. Check your inbox.`, 'ok');
    } catch (error) {
      say(error.message, 'bad');
    }
    send.disabled = false;
  });
  return [el('h3', 'Try it'), send, outcome];
}
