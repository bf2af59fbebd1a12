// @ts-check
// The server’s HTTP side.
import { app } from './app.js';
import { t } from './language.js';
import { clock } from './time.js';

/** The path of the server on its host: '', or behind a proxy for example '/chat'. */
export const BASE = location.pathname.replace(/\/admin\/?$/, '');

export class ApiError extends Error {
  constructor(status, message, retry, code = '') {
    super(t(message).replace(/^The mail server said: /, start => t(start)));
    this.status = status;
    this.retry = retry;
    this.code = code;
  }
}

export class Api {
  async #ask(method, path, body, asked) {
    let res;
    let text = '';
    let data = null;
    try {
      res = await fetch(BASE + path, {
        method,
        cache: 'no-store',
        signal: AbortSignal.timeout(15000),
        headers: body && { 'Content-Type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      clock.learn(res.headers.get('date'));
      text = await res.text();
      try {
        data = JSON.parse(text);
      } catch {
        // Nothing, or a proxy’s page.
      }
    } catch {
      throw new ApiError(0, t('The server can’t be reached. Try again in a moment.'));
    }
    if (res.ok) return { data, text, res };
    if (res.status === 401 && !asked) app.signedOut();
    throw new ApiError(
      res.status,
      data?.message ?? t('The server answered {n}. Try again in a moment.', { n: res.status }),
      Number(res.headers.get('retry-after')),
      data?.error,
    );
  }
  async #data(method, path, body, asked) {
    return (await this.#ask(method, path, body, asked)).data;
  }

  me = () => this.#data('GET', '/admin/me');
  transcript = async id => (await this.#ask('GET', `/admin/chats/${id}/transcript?format=txt`)).text;
  login = (email, password, code) => this.#data('POST', '/admin/login', { email, password, code }, true);
  setup = body => this.#data('POST', '/admin/setup', body, true);
  forgot = email => this.#data('POST', '/admin/password/forgot', { email }, true);
  reset = (token, password) => this.#data('POST', '/admin/password/reset', { token, password }, true);
  accept = body => this.#data('POST', '/admin/admins/accept', body, true);
  changeMe = body => this.#data('PATCH', '/admin/me', body);
  totp = () => this.#data('POST', '/admin/totp');
  confirmTotp = code => this.#data('POST', '/admin/totp/confirm', { code });
  endTotp = password => this.#data('DELETE', '/admin/totp', { password });
  logout = () => this.#data('POST', '/admin/logout');
  password = (current_password, password) => this.#data('POST', '/admin/password', { current_password, password }, true);

  async chats(path) {
    const { data, res } = await this.#ask('GET', path);
    const next = /<(.+)>; rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
    return { items: data ?? [], next: next?.slice(BASE.length) };
  }
  presence = () => this.#data('GET', '/admin/presence');
  counts = () => this.#data('GET', '/admin/counts');
  chat = (id, before) => this.#data('GET', `/admin/chats/${id}${before ? '?before=' + before : ''}`);
  send = (id, content, client_id, attachment_ids) =>
    this.#data('POST', `/admin/chats/${id}/messages`, { content, client_id, attachment_ids });
  edit = (id, message, content) => this.#data('PATCH', `/admin/chats/${id}/messages/${message}`, { content });
  remove = (id, message) => this.#data('DELETE', `/admin/chats/${id}/messages/${message}`);
  addNote = (id, content) => this.#data('POST', `/admin/chats/${id}/notes`, { content });
  dropNote = id => this.#data('DELETE', `/admin/notes/${id}`);
  numbers = days => this.#data('GET', `/admin/numbers?days=${days}`);
  tags = () => this.#data('GET', '/admin/tags');
  tag = (id, tags) => this.#data('PUT', `/admin/chats/${id}/tags`, tags);
  assign = (id, admin_id) => this.#data('PUT', `/admin/chats/${id}/assignee`, { admin_id });
  snooze = (id, until) => this.#data('POST', `/admin/chats/${id}/${until ? 'snooze' : 'unsnooze'}`, until ? { until } : undefined);
  markUnread = id => this.#data('POST', `/admin/chats/${id}/unread`);
  archive = (id, archived) => this.#data('POST', `/admin/chats/${id}/${archived ? 'archive' : 'unarchive'}`);

  rename = (user, name) => this.#data('PATCH', `/admin/users/${user}`, { name });
  block = (user, blocked) => this.#data('POST', `/admin/users/${user}/${blocked ? 'block' : 'unblock'}`);
  erase = user => this.#data('DELETE', `/admin/users/${user}`);

  push = () => this.#data('GET', '/admin/push');
  addDevice = body => this.#data('POST', '/admin/push/devices', body);
  removeDevice = id => this.#data('DELETE', `/admin/push/devices/${id}`);
  testPush = () => this.#data('POST', '/admin/push/test');

  mail = () => this.#data('GET', '/admin/mail');
  liftSilence = address => this.#data('DELETE', `/admin/mail/silent/${encodeURIComponent(address)}`);

  settings = () => this.#data('GET', '/admin/settings');
  change = values => this.#data('PATCH', '/admin/settings', values);
  testMail = reply => this.#data('POST', '/admin/settings/test_mail', reply ? { reply } : undefined);
  replies = () => this.#data('GET', '/admin/canned_replies');
  saveReply = (id, body) => this.#data(id === 'new' ? 'POST' : 'PUT', `/admin/canned_replies${id === 'new' ? '' : '/' + id}`, body);
  dropReply = id => this.#data('DELETE', `/admin/canned_replies/${id}`);
  tokens = () => this.#data('GET', '/admin/tokens');
  addToken = body => this.#data('POST', '/admin/tokens', body);
  dropToken = id => this.#data('DELETE', `/admin/tokens/${id}`);
  webhooks = () => this.#data('GET', '/admin/webhooks');
  addWebhook = body => this.#data('POST', '/admin/webhooks', body);
  changeWebhook = (id, body) => this.#data('PATCH', `/admin/webhooks/${id}`, body);
  dropWebhook = id => this.#data('DELETE', `/admin/webhooks/${id}`);
  renewWebhook = id => this.#data('POST', `/admin/webhooks/${id}/secret`);
  testWebhook = id => this.#data('POST', `/admin/webhooks/${id}/test`);
  deliveries = id => this.#data('GET', `/admin/webhooks/${id}/deliveries`);
  resend = (id, delivery) => this.#data('POST', `/admin/webhooks/${id}/deliveries/${delivery}/resend`);
  admins = () => this.#data('GET', '/admin/admins');
  invite = email => this.#data('POST', '/admin/admins/invite', { email });
  dropAdmin = id => this.#data('DELETE', `/admin/admins/${id}`);
}
