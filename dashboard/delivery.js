// @ts-check
// What became of a reply, in words: never more than is known.
import { app } from './app.js';
import { clock, TIME } from './time.js';

const LATER = 'they will see this when they come back';

/** The address without what is behind the @: there is little room. */
const short = address => address.replace(/@.*/, '@…');

function inTime(iso) {
  const minutes = Math.ceil((Date.parse(iso) - clock.now()) / 6e4);
  if (minutes < 1) return 'in a moment';
  return minutes < 60 ? `in ${minutes} min` : `in ${Math.round(minutes / 60)} h`;
}

/** Why no e-mail will go out; undefined if one may. */
function obstacle(chat) {
  if (!chat.user_email) return chat.user_online ? 'Sent' : `No address: ${LATER}`;
  const { reason } = app.mail.silenced(chat.user_email) ?? {};
  if (reason === 'unsubscribed') return `Unsubscribed from e-mail: ${LATER}`;
  if (reason) return `This address takes no e-mail: ${LATER}`;
  if (chat.user_blocked) return 'Blocked: no e-mail goes out';
  if (chat.archived) return 'Archived: no e-mail goes out';
}

function waiting({ error, due_at }, chat) {
  const why = obstacle(chat);
  if (why) return { text: why };
  const { user_email: address } = chat;
  return error
    ? { text: `Not e-mailed yet, next try ${inTime(due_at)}: ${error}`, hint: `To ${address}` }
    : { text: `E-mail to ${short(address)} ${inTime(due_at)}`, hint: `To ${address}` };
}

function settled({ state, settled_at, error, recipient }) {
  const hint = recipient && `To ${recipient}`;
  if (state === 'sent') return { text: `E-mailed ${TIME.format(new Date(settled_at))}`, hint };
  // A mail server's reply begins with its code (RFC 5321); else it never got that far.
  return { text: `${/^[245]\d\d/.test(error) ? 'E-mail refused' : 'Not e-mailed'}: ${error}`, hint, bad: true };
}

/**
 * What is under a stored reply, besides who and when.
 * @returns {{ text: string, hint?: string, bad?: boolean }}
 */
export function deliveryOf(message, letter) {
  const chat = app.chat ?? {};
  const mail = letter && (letter.state === 'waiting' ? waiting(letter, chat) : settled(letter));
  if (message.read_at) return { ...mail, text: mail ? `${mail.text} · Seen` : 'Seen' };
  if (mail) return mail;
  // Without e-mail no address would help, and a notice says so.
  return { text: (app.me.mail_ready && !chat.archived && obstacle(chat)) || 'Sent' };
}
