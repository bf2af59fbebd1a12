// @ts-check
// What became of a reply, in words: never more than is known.
import { app } from './app.js';
import { t } from './language.js';
import { dotted } from './text.js';
import { clock, TIME } from './time.js';

/** The address without what is behind the @: there is little room. */
const short = address => address.replace(/@.*/, '@…');

function inTime(iso) {
  const minutes = Math.ceil((Date.parse(iso) - clock.now()) / 6e4);
  if (minutes < 1) return t('in a moment');
  return minutes < 60 ? t('in {n} min', { n: minutes }) : t('in {n} h', { n: Math.round(minutes / 60) });
}

/** Why no e-mail will go out; undefined if one may. */
function obstacle(chat) {
  if (!chat.user_email) return chat.user_online ? t('Sent') : t('No address: they will see this when they come back');
  const { reason } = app.mail.silenced(chat.user_email) ?? {};
  if (reason === 'unsubscribed') return t('Unsubscribed from e-mail: they will see this when they come back');
  if (reason) return t('This address takes no e-mail: they will see this when they come back');
  if (chat.user_blocked) return t('Blocked: no e-mail goes out');
  if (chat.archived) return t('Archived: no e-mail goes out');
}

function waiting({ error, due_at }, chat) {
  const why = obstacle(chat);
  if (why) return { text: why };
  const { user_email: address } = chat;
  const when = inTime(due_at);
  const hint = t('To {address}', { address });
  return error
    ? { text: t('Not e-mailed yet, next try {when}: {error}', { when, error: t(error) }), hint }
    : { text: t('E-mail to {address} {when}', { address: short(address), when }), hint };
}

function settled({ state, settled_at, error, recipient }) {
  const hint = recipient && t('To {address}', { address: recipient });
  if (state === 'sent') return { text: t('E-mailed {when}', { when: TIME.format(new Date(settled_at)) }), hint };
  // A mail server's reply begins with its code (RFC 5321); else it never got that far.
  return { text: `${/^[245]\d\d/.test(error) ? t('E-mail refused') : t('Not e-mailed')}: ${t(error)}`, hint, bad: true };
}

/**
 * What is under a stored reply, besides who and when.
 * @returns {{ text: string, hint?: string, bad?: boolean }}
 */
export function deliveryOf(message, letter) {
  const chat = app.chat ?? {};
  const mail = letter && (letter.state === 'waiting' ? waiting(letter, chat) : settled(letter));
  if (message.read_at) return { ...mail, text: dotted(mail?.text, t('Seen')) };
  if (mail) return mail;
  // Without e-mail no address would help, and a notice says so.
  return { text: (app.me.mail_ready && !chat.archived && obstacle(chat)) || t('Sent') };
}
