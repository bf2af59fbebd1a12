// @ts-check
// LeanChat's widget:
// 1 Settings  2 Words  3 Looks  4 Store  5 Api  6 Line  7 Transcript  8 Outbox
// 9 Session  10 Chat  11 Bell  12 Log  13 Composer  14 Offer  15 View  16 LeanChat
(() => {
/** @type {any} */ const page = window;
if (page.LeanChat?.version) return;
const queue = page.LeanChat?.q ?? [];
let calls;
/** @type {any} */ const LeanChat = page.LeanChat = (name, ...values) => calls ? calls[name]?.(...values) : queue.push([name, ...values]);
LeanChat.version = 1;
const ended = new AbortController();
function on(target, types, listener, signal = ended.signal) { for (const type of types.split(' ')) target?.addEventListener(type, listener, { signal }); }

// 1 Settings

/** @type {any} */ const served = /*<settings>*/{}/*</settings>*/;
/** @type {any} */ const tag = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
const server = served.origin ?? new URL('.', tag?.src || location.href).href;
const yes = v => '' + (v ?? false) !== 'false';
const wishes = { ...tag?.dataset }, inline = yes(wishes.inline);
let options = served;

// 2 Words

/** @type {any} */ let words = /*<words>*/{
  "language": "en",
  "greeting": "Hi! How can we help?",
  "open": "Open chat",
  "close": "Close chat",
  "mute": "Mute sound",
  "log": "Messages",
  "you": "You",
  "team": "Support",
  "jump": "New messages",
  "typing": "{n} is typing…",
  "write": "Write a message…",
  "send": "Send",
  "sending": "Sending…",
  "sent": "Sent",
  "seen": "Seen",
  "failed": "Not sent",
  "retry": "Retry",
  "online": "Online",
  "away": "Away · we will reply",
  "back": "Away · back at {n}",
  "back_on": "Away · back {n}",
  "connecting": "Connecting…",
  "offline": "Offline · reconnecting…",
  "stopped": "Chat not available",
  "expired": "That link has expired. Write to us here.",
  "email": "Get our reply by e-mail?",
  "address": "Your e-mail address",
  "save": "Save",
  "skip": "No, thanks",
  "emailed": "We will also reply to {n}."
}/*</words>*/, asked;
const word = (key, value) => words[key].replace('{n}', () => value);
const family = tag => /^pt-br|^\w*/.exec(tag.toLowerCase())[0];
const local = () => navigator.languages.find(tag => family(tag) === family(words.language)) ?? words.language;
async function speak() {
  const wanted = [options.locale, document.documentElement.lang, ...navigator.languages].filter(tag => tag) + '';
  if (wanted === asked) return;
  asked = wanted;
  if (family(wanted) !== family(words.language)) try {
    words = { ...words, ...await (await fetch(server + 'widget.js?words=' + wanted)).json() };
    dress();
  } catch { /* English will do */ }
}

let ahead = 0;
const now = () => Date.now() + ahead;
const day = t => new Date(t).setHours(12, 0, 0, 0);
const clocks = {};
const when = (t, parts) => (clocks[local() + !parts] ??= new Intl.DateTimeFormat(local(), { hour: 'numeric', minute: '2-digit', ...parts })).format(t);
function dayName(t) {
  const days = Math.round((day(t) - day(now())) / 864e5);
  return days > -2
    ? new Intl.RelativeTimeFormat(local(), { numeric: 'auto' }).format(days, 'day')
    : new Date(t).toLocaleDateString(local(), { day: 'numeric', month: 'long', weekday: 'long' });
}
function away() {
  const opens = 1e3 * options.hours?.find(([, end]) => end * 1e3 > now())?.[0];
  return !(opens > now()) ? word('away') : day(opens) === day(now()) ? word('back', when(opens)) : word('back_on', when(opens, { weekday: 'short' }));
}

// 3 Looks

const CSS = `
:host{all:initial!important;display:contents!important}
.lc{
  --surface:light-dark(#FFF,#1B1A18);--sunken:light-dark(#EFEDE8,#242320);--line:light-dark(#E2DFD8,#33312D);--control:light-dark(#8A857A,#7D786E);
  --ink:light-dark(#1C1B19,#ECEAE5);--ink2:light-dark(#5B574F,#B0ABA1);
  --accent:light-dark(#1F5FBF,#8AB4F8);--accent-ink:light-dark(#FFF,#0B2447);--link:var(--accent);
  --me:light-dark(#E8EFFB,#1D2A40);--them:light-dark(#F0EEE9,#292724);--unread:light-dark(#C2410C,#FF9B6A);
  --ok:light-dark(#1E7B46,#6CCB91);--err:light-dark(#B3261E,#FF8A80);
  --shadow:0 0 0 1px light-dark(#0000,#33312D),0 1px 3px #0002,0 8px 32px #0003;
  --s:36px;position:fixed;z-index:var(--z);color:var(--ink);
  font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
[style*=accent]{--ink-on:calc((.179 - y)*9999);--accent-ink:color(from var(--accent) xyz var(--ink-on) var(--ink-on) var(--ink-on));
  --link:var(--ink);--me:color-mix(in srgb,var(--accent) 14%,var(--surface))}
*,::before,::after{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
button,input,textarea{font:inherit;color:inherit;background:none;border:0;padding:0}
button{display:grid;place-items:center;cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{width:24px;height:24px;scale:.8333;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}

.launcher,.panel{position:fixed;inset:auto var(--right,auto) var(--y) var(--left,auto);box-shadow:var(--shadow)}
.launcher{width:56px;height:56px;background:var(--accent);color:var(--accent-ink);border-radius:50%}
.launcher svg{scale:1.0833}
.badge{position:absolute;top:-3px;inset-inline-end:-3px;min-width:22px;padding:0 6px;border-radius:11px;background:var(--unread);
  color:var(--surface);font-size:12px;font-weight:650;line-height:22px;outline:2px solid var(--surface)}

.panel{margin-bottom:68px;width:384px;height:min(640px,100vh - 112px);
  display:flex;flex-direction:column;overflow:hidden;border-radius:16px;background:var(--surface);animation:rise .18s cubic-bezier(.2,.8,.2,1)}
.head{display:flex;align-items:center;gap:4px;padding:14px 12px 12px;padding-inline-start:20px;border-bottom:1px solid var(--line)}
.head div{flex:1;min-width:0}
.title,.typing{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--ink2)}
.title{font-size:16px;font-weight:650;line-height:1.3;color:var(--ink)}
.status{font-size:13px;color:var(--ink2)}
[data-status=online]{--dot:var(--ok)}
[data-status=offline],[data-status=stopped]{--dot:var(--err)}
.status::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border:2px solid var(--dot,var(--control));border-radius:50%;background:var(--dot)}
.tool,.send{width:var(--s);height:var(--s);border-radius:10px;color:var(--ink2)}
.tool:hover{background:var(--sunken);color:var(--ink)}

.log{flex:1;overflow:hidden auto;overscroll-behavior:contain;overflow-anchor:none;padding:16px 20px 8px;display:flex;flex-direction:column;gap:3px}
.log:focus-visible{outline-offset:-3px}
.day{margin:12px 0 10px;font-size:12px;color:var(--ink2);text-align:center}
.day::first-letter{text-transform:uppercase}
.fresh{display:flex;align-items:center;gap:12px;color:var(--unread);font-weight:650}
.log::before,.fresh::before,.fresh::after{content:"";flex:1}
.fresh::before,.fresh::after{border-top:1px solid}
.msg{display:flex;flex-direction:column;align-items:start}
.me{align-items:end}
.bubble{max-width:85%;padding:9px 14px;border-radius:16px;background:var(--them);font-size:15px;white-space:pre-wrap;overflow:clip}
.me .bubble{background:var(--me)}
.sending .bubble{opacity:.62}
.meta{display:none;unicode-bidi:plaintext;margin:3px 4px 11px;font-size:12px;color:var(--ink2)}
.end .meta{display:block}
.retry{min-height:calc(var(--s) - 12px);color:var(--err);font-weight:650}
a{color:var(--link)}
.typing{padding:0 24px;height:22px;font-size:12px}
.jump{align-self:center;margin:-42px 0 6px;padding:0 14px;z-index:1;border-radius:16px;background:var(--surface);
  color:var(--unread);font-size:13px;font-weight:650;box-shadow:var(--shadow)}

.note,.offer{margin:0 24px 8px;font-size:12px;color:var(--ink2)}
.offer{display:flex;align-items:center;margin-inline-end:12px;font-size:13px}
.ask,.address{flex:1;min-width:0}
.ask{justify-items:start;text-align:start;color:var(--link)}
.ask,.jump,.address{min-height:var(--s)}
.address{padding:0 8px;border-radius:8px;outline:1px solid var(--control)}

.composer{display:flex;align-items:end;gap:4px;margin:2px 12px 12px;padding:3px;border:1px solid var(--control);border-radius:14px}
.composer:focus-within{border-color:var(--link);outline:3px solid var(--me)}
textarea{flex:1;min-width:0;height:var(--s);max-height:124px;padding:calc(var(--s)/2 - 11px) 10px;font-size:15px;resize:none}
textarea:focus{outline:0}
textarea:placeholder-shown{direction:inherit}
.field::placeholder{color:var(--ink2);opacity:1}
.send{background:var(--accent);color:var(--accent-ink)}
.send:disabled{background:var(--sunken);color:var(--ink2);cursor:default}
[dir=rtl] .send{transform:scaleX(-1)}

@media(pointer:coarse){.lc{--s:44px}}
.full .panel{inset:var(--top,0) 0 auto;margin:auto;width:auto;max-width:720px;height:var(--height,100%);border-radius:0;
  box-shadow:0 0 0 200vmax var(--surface);padding:env(safe-area-inset-top) 0 env(safe-area-inset-bottom)}
.full .panel:not([hidden])+.launcher,.inline .close{display:none}
.full .field{font-size:16px}
@media(prefers-reduced-motion){.panel{animation:none}}
@keyframes rise{from{opacity:0;translate:0 8px}}
@media(forced-colors:active){.panel,.launcher,.bubble,.jump,.send{border:1px solid}}
@media print{.lc{display:none}}
`;

/** @returns {any} */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
const button = (className, onclick, ...children) => make('button', { type: 'button', className, onclick }, ...children);

function icon(d) {
  const [svg, path] = ['svg', 'path'].map(name => document.createElementNS('http://www.w3.org/2000/svg', name));
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}
const CHAT = 'M7 4h10a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z';
const CLOSE = 'm6 6 12 12M18 6 6 18', SEND = 'M5 12h14M13 6l6 6-6 6', LOUD = 'M4 9v6h4l4 4V5L8 9zM16 9q2 3 0 6', MUTE = 'M4 9v6h4l4 4V5L8 9zM16 9l5 6m0-6-5 6';
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(KEY + name, { detail }));
const timers = {};
function later(name, work, wait) { clearTimeout(timers[name]); timers[name] = work && setTimeout(work, wait); }
function write(element, text) { if (element.textContent !== text) element.textContent = text; }

// 4 Store

const KEY = 'leanchat:', memory = new Map();
const store = {
  get(key) {
    try { return memory.get(key) ?? localStorage[KEY + key]; } catch {}
  },
  set(key, value = '') {
    memory.set(key, value);
    try {
      if (value) localStorage[KEY + key] = value; else delete localStorage[KEY + key];
      memory.delete(key);
    } catch {}
  },
  keys() { try { return Object.keys(localStorage).flatMap(key => key.split(KEY)[1] ?? []); } catch { return []; } },
};
function single(work) { let running; return () => running ??= work().finally(() => running = null); }
const alone = (name, work) => navigator.locks?.request(KEY + name, work).catch(e => {
  if (e.name === 'SecurityError') return work();
  throw e;
}) ?? work();

// 5 Api

async function api(path, body, method = body ? 'POST' : 'GET', bearer = token) {
  const response = await fetch(server + 'support_chat' + path, {
    method, credentials: 'omit', signal: AbortSignal.timeout(15e3), body: body && JSON.stringify(body),
    headers: { ...bearer && { Authorization: 'Bearer ' + bearer }, ...body && { 'Content-Type': 'application/json' } },
  });
  const { headers, status } = response, skew = Date.parse(headers.get('Date')) - Date.now();
  if (Math.abs(skew) > 6e4) ahead = skew;
  const reply = await response.json().catch(() => null);
  if (!response.ok) throw { status, token: bearer, code: reply?.error, wait: 1e3 * Number(headers.get('Retry-After')) };
  return reply;
}

// 6 Line

class Line {
  state = 'idle';
  #socket;
  #token; #live = 0; #wait = 0; #until = 0; #tries = 0; #quick = 0; #wrong = 0;

  connect() {
    if (this.#socket || this.state === 'stopped' || Date.now() < this.#until) return;
    if (!timers.poll) this.turn('connecting');
    let socket;
    try { socket = this.#socket = new WebSocket(server.replace('http', 'ws') + 'ws/chat'); } catch { return this.#closed(1006); }
    socket.onopen = () => socket.send(JSON.stringify({ action: 'auth', token: this.#token = token, after: transcript.last }));
    socket.onmessage = e => { if (socket === this.#socket) this.#hear(JSON.parse(e.data)); };
    socket.onclose = e => { if (socket === this.#socket) this.#closed(e.code); };
    this.#expect();
  }

  send(action, rest) {
    if (this.#live) this.#socket.send(JSON.stringify({ action, ...rest }));
    return this.#live;
  }

  wake() {
    if (!this.#socket) this.connect();
    else if (this.send('ping')) this.#expect();
    if (timers.poll) this.#pull();
  }

  drop() { if (this.#socket) this.#closed(0); }

  rest(state = 'idle') {
    this.#hangUp();
    later('retry');
    later('poll');
    this.turn(state);
  }

  turn(state) {
    if (state === 'online') flush();
    if (state === this.state) return;
    this.state = state;
    if (state === 'stopped') late();
    render();
  }

  #hear(frame) {
    later('silence', () => this.wake(), 2e4);
    if (frame.type === 'ready') {
      this.#live = Date.now();
      later('poll');
      this.turn('online');
    }
    this.#wait = frame.retry_after_ms ?? this.#wait;
    hear(frame);
  }

  #expect() {
    later('silence', () => {
      if (!this.#live) this.#quick = 2;
      this.#closed(this.#live ? 0 : 1006);
    }, 8e3);
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    this.#live = 0;
    later('silence');
    socket?.close();
  }

  // Jitter: not all come back at once.
  #closed(code) {
    const alive = this.#live && Date.now() - this.#live;
    this.#hangUp();
    if (alive > 6e4) this.#tries = this.#wrong = 0;
    this.#quick = code === 1006 && alive < 5e3 ? this.#quick + 1 : 0;
    const wait = Math.random() * Math.min(3e4, 500 * 2 ** this.#tries++), blocked = this.#quick > 2;
    if (code === 4403 || [1002, 1003, 1007, 1008].includes(code) && ++this.#wrong > 2) this.rest('stopped');
    else if ([1000, 1001, 4401].includes(code) || code === 4409 && document.hidden) this.rest();
    else {
      const ordered = { 1012: this.#wait + Math.random() * 15e3, 1013: 1e4 + wait, 4409: 3e4 + wait, 4429: 3e4 + wait }[code];
      this.#until = Date.now() + (ordered ?? 0);
      later('retry', () => { this.#until = 0; this.connect(); }, ordered ?? (blocked ? 6e4 : wait));
      if (timers.poll || blocked || code === 4409) this.#pull();
      else this.turn('connecting');
    }
    settle(code === 1009 && { code: 'too_large' });
    if (code === 4401) failed({ status: 401, token: this.#token });
  }

  async #pull() {
    later('poll', () => this.#pull(), (opened ? 5e3 : 15e3) * (1 + Math.random() / 5));
    if (document.hidden) return;
    const ok = await pull();
    if (timers.poll) this.turn(ok ? 'online' : 'connecting');
  }
}

const line = new Line();

// 7 Transcript

class Transcript {
  list = []; fresh = 0;
  #known = new Map();
  constructor(id = '', more = false) { this.id = id; this.more = more; }

  merge(messages) {
    const news = messages.filter(m => !this.#known.has(m.id));
    for (const m of messages) this.#known.set(m.id, { ...this.#known.get(m.id), ...m });
    this.list = [...this.#known.values()].sort((a, b) => a.seq - b.seq);
    return news;
  }
  get first() { return this.list[0]?.seq ?? 0; }
  get last() { return this.list.reduce((last, { seq }) => seq === last + 1 ? seq : last, this.first); }
  get unread() { return this.list.filter(m => m.sender_type === 'admin' && !m.read_at); }
  get spoken() { return this.list.some(m => m.sender_type === 'user'); }
  read(by, last, at) { for (const m of this.list) if (m.sender_type !== by && m.seq <= last) m.read_at ??= at; }
}

// 8 Outbox

const letters = new Map();
let waiting;

function load() {
  for (const key of store.keys()) if (key.startsWith('out:')) try {
    const letter = JSON.parse(store.get(key));
    letters.set(letter.id, letter);
  } catch {}
}
const queued = () => [...letters.values()].sort((a, b) => a.at - b.at);
const next = () => queued().find(letter => letter.state !== 'failed');
function keep(letter, state = '') {
  letters.set(letter.id, letter = { ...letter, state });
  store.set('out:' + letter.id, JSON.stringify(letter));
}
function add(content) {
  const at = Math.max(now(), 1 + (queued().pop()?.at ?? 0));
  keep({ id: at + '-' + Math.random(), content, at });
  emit('send', { content });
}
function settle(error, id = waiting?.id) { if (id === waiting?.id) waiting?.done(error); }
function drop(id) {
  if (letters.delete(id)) store.set('out:' + id);
  settle(0, id);
}
function late() {
  for (const letter of queued()) if (!letter.state) keep(letter, 'late');
  render();
}

function retry() {
  for (const letter of queued()) keep(letter);
  render();
  connect();
}

async function deliver({ id, content }) {
  const body = { content, client_id: id };
  if (!line.send('send_message', body)) return take([await api('/messages', body)]);
  later('late', () => line.drop(), 1e4);
  const error = await new Promise(done => waiting = { id, done });
  later('late');
  if (error) throw error;
}

const sendAll = single(async () => {
  let letter;
  while (token && line.state !== 'stopped' && (letter = next()))
    await deliver(letter).catch(e => {
      if (!/^(bad|empty|content|too_large|client|forbidden)/.test(e.code)) throw e;
      keep(letter, 'failed');
      render();
      live.textContent = word('failed');
    });
});
function flush() { sendAll().catch(failed); }

// 9 Session

let token = store.get('token'), who, entering, tries = 0, renewed = 0;

async function connect(wanted = token || next() || opened && who?.token) {
  if (line.state === 'stopped') return late();
  if (!wanted) return;
  try {
    if (line.state === 'idle') line.turn('connecting');
    if (!token || !transcript.id || who) await enter();
    tries = 0;
    line.connect();
    flush();
  } catch (e) { failed(e); }
}

const enter = () => entering ??= alone('enter', async () => {
  token = store.get('token') ?? token;
  const me = who;
  if (!me?.token) become(await api(''));
  if (me) become(await api('/identify', me));
  who = null;
}).finally(() => entering = null);

function use(known) {
  line.rest();
  token = known;
  transcript = new Transcript();
  render('old');
  if (token) connect();
}

function failed(e) {
  if (e.told) return;
  e.told = 1;
  if (e.status === 401) {
    const known = store.get('token');
    // Signing in ends the old session.
    if (entering || e.token !== token) return connect();
    if (who) who = null;
    else if (known !== token) use(known);
    else if (Date.now() - renewed < 6e4) return line.rest('stopped');
    else {
      renewed = Date.now();
      store.set('token');
      use();
    }
    return connect(token || opened || next());
  }
  if (e.code === 'forbidden') return line.rest('stopped');
  late();
  later('connect', () => connect(), e.wait || 1e3 + Math.random() * Math.min(3e4, 500 * 2 ** tries++));
}

async function arrive(key) {
  try {
    const known = await api('/open', { key }, 'POST', '');
    line.rest();
    become(known);
    connect();
  } catch (e) { if (e.status) update({ greeting: word('expired') }); }
}

function reset(elsewhere) {
  memory.clear();
  if (!elsewhere) {
    if (token) api('/session', null, 'DELETE').catch(() => {});
    for (const { id } of queued()) drop(id);
    for (const key of store.keys()) store.set(key);
  }
  who = null;
  if (!store.get('draft')) { clear(); withdraw(); }
  use();
}

// 10 Chat

let transcript = new Transcript(), adminOnline = served.admin_online, email, stated = 0, typed = 0;

function become({ token: given, id, messages, more, admin_online, user, greeting }) {
  if (given) store.set('token', token = given);
  served.greeting = greeting;
  const other = id !== transcript.id;
  if (other) transcript = new Transcript(id, more);
  email = user.email;
  adminOnline = admin_online;
  stated = Date.now();
  take(messages, other);
  dress();
}

function hear(frame) {
  adminOnline = frame.admin_online ?? adminOnline;
  const { type, by } = frame;
  if (type === 'ready') {
    if (Date.now() - stated > 5e3) pull(true);
    tellPage();
  }
  if (type === 'new_message') take([frame.message]);
  if (type === 'read') {
    transcript.read(by, frame.up_to, frame.read_at);
    soon();
  }
  if (type === 'typing') writes(by === 'admin' && (frame.name || word('team')));
  if (type === 'presence') render();
  if (type === 'error') settle({ code: frame.code, wait: frame.retry_after_ms }, frame.client_id);
}

async function pull(whole = Date.now() - stated > 3e4) {
  try {
    if (whole) become(await api(''));
    else take(await api('/messages?after=' + transcript.last));
    return true;
  } catch (e) { if (e.status === 401) failed(e); }
}

function take(messages, history) {
  const news = transcript.merge(messages).filter(() => !history);
  for (const m of messages) drop(m.client_id);
  const heard = news.filter(m => m.sender_type === 'admin' && !m.read_at);
  if (history) render('old'); else soon(heard[0] && 'new');
  for (const m of heard) {
    writes();
    ring(m, opened && !document.hidden);
    if (!opened) live.textContent = (m.sender_name || word('team')) + ': ' + m.content;
  }
  for (const m of news) emit('message', m);
  markRead(history);
}

const older = single(async () => {
  const known = transcript;
  if (known.more) try {
    const page = await api('/messages?before=' + known.first);
    render();
    known.merge(page);
    known.more = page[0]?.seq > 1;
    render('old');
  } catch {}
});

function post(text) {
  text.match(new RegExp(`[^]{1,${options.content_length || 1e5}}`, 'gu')).forEach(add);
  render('own');
  connect();
}

function markRead(back) {
  const { unread } = transcript;
  if (back) transcript.fresh = unread[0]?.seq;
  if (!opened || document.hidden || !unread[0]) return;
  const last = unread.pop().seq;
  shared('read', last);
  store.set('read', last);
  if (!line.send('mark_read')) api('/mark_read', null, 'PATCH').catch(() => {});
}

function tellPage() {
  line.send('page', { url: location.href, title: document.title, referrer: document.referrer,
    locale: navigator.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}

function wake() {
  load();
  if (line.state === 'idle' || !transcript.id) connect(); else line.wake();
  flush();
  markRead(true);
  render();
}

function shared(key, value) {
  if (key === 'token' && value != token) if (value) use(value); else reset(true);
  if (key === 'read') transcript.read('user', value, new Date(now()).toISOString());
  if (key.startsWith('out:')) if (value) load(); else drop(key.slice(4));
  if (key === 'mute') dress(); else soon();
}

// 11 Bell

let audio;
const pause = ms => new Promise(done => setTimeout(done, ms));
async function ring({ created_at }, seen) {
  if (!seen) await pause(200);
  await alone('ding', async () => {
    if (store.get('ding') >= created_at) return;
    store.set('ding', created_at);
    if (seen || store.get('mute') || navigator.userActivation?.hasBeenActive === false) return;
    try {
      audio ??= new AudioContext();
      await Promise.race([audio.resume(), pause(300)]);
      if (audio.state !== 'running') return;
      const tone = audio.createOscillator(), volume = audio.createGain(), t = audio.currentTime;
      tone.frequency.setValueAtTime(659, t);
      tone.frequency.setValueAtTime(880, t + .12);
      volume.gain.setValueAtTime(.12, t);
      volume.gain.exponentialRampToValueAtTime(.001, t + .5);
      tone.connect(volume);
      volume.connect(audio.destination);
      tone.start(t);
      tone.stop(t + .5);
    } catch {}
  });
}

// 12 Log

/*<links>*/
const linked = text => linkPieces(text).map(piece => piece.href
  ? make('a', { href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, piece.text)
  : piece.text);

const box = make('div', { className: 'log', role: 'log', tabIndex: 0, ariaRelevant: 'additions', onscroll: () => { if (measure() < 300) older(); } });
const jump = button('jump', toEnd);
const nodes = new Map();
let top = 0, atEnd = true;

function toEnd() { atEnd = jump.hidden = true; box.scrollTop = 1e9; }
function restore() { if (atEnd) toEnd(); else box.scrollTop = top; }
const sizes = new ResizeObserver(restore);
sizes.observe(box);

// Also before a change: scroll events may be late.
function measure() {
  const { scrollTop, scrollHeight, clientHeight } = box;
  if (!clientHeight) return NaN;
  atEnd = scrollHeight - scrollTop - clientHeight < 100;
  if (atEnd) jump.hidden = true;
  return top = scrollTop;
}

function node(key, build) {
  nodes.set(key, nodes.get(key) ?? build());
  return nodes.get(key);
}

function mark(key, text) {
  const row = node(key, () => make('div', { className: 'day ' + key }));
  write(row, text);
  return row;
}

/** @param {any} row */
function bubble({ id, mine, content, state, label }, place) {
  const row = node(id, () => make('div', {},
    make('span', { className: 'sr' }, word(mine ? 'you' : 'team') + ': '),
    make('div', { className: 'bubble', dir: 'auto' }, ...linked(content)), make('div', { className: 'meta' })));
  const meta = row.lastChild;
  row.className = 'msg ' + (mine ? 'me ' + state : 'them') + ' ' + place;
  write(meta, label);
  if (state === 'failed' && !meta.children[0]) meta.replaceChildren(button('retry', retry, label));
  return row;
}

function* rows() {
  const greeting = options.greeting ?? word('greeting');
  const all = [
    ...transcript.list.map(m => {
      const mine = m.sender_type === 'user', at = Date.parse(m.created_at), state = m.read_at ? 'seen' : 'sent';
      const label = mine ? when(at) + ' · ' + word(state) : (m.sender_name || word('team')) + ' · ' + when(at);
      return { ...m, id: mine && m.client_id || m.id, mine, at, state, label };
    }),
    ...queued().map(letter => ({ ...letter, mine: true, state: letter.state ? 'failed' : 'sending', label: letter.state ? word('failed') + ' · ' + word('retry') : word('sending') })),
  ];
  if (greeting && !transcript.more) yield bubble({ id: '0' + greeting, content: greeting, label: word('team') }, 'end');
  let today;
  for (const [i, row] of all.entries()) {
    if (today !== (today = day(row.at))) yield mark(today, dayName(today));
    if (row.seq === transcript.fresh) yield mark('fresh', word('jump'));
    const next = all[i + 1];
    yield bubble(row, next?.label === row.label && day(next.at) === today ? '' : 'end');
  }
}

/** @param {'own'|'new'|'old'} [why] */
function draw(why) {
  const { scrollHeight } = box, all = new Set(rows());
  measure();
  if (why === 'old') box.ariaBusy = true;
  for (const [key, row] of nodes) if (!all.has(row)) { row.remove(); nodes.delete(key); }
  let place = box.firstChild;
  for (const row of all) if (row === place) place = row.nextSibling; else box.insertBefore(row, place);
  if (why === 'own' || atEnd) toEnd();
  else if (why === 'new') jump.hidden = false;
  else if (why === 'old') box.scrollTop = top += box.scrollHeight - scrollHeight;
  if (why === 'old') later('draw', () => box.ariaBusy = false, 50);
}

// 13 Composer

const small = matchMedia('(max-width:480px),(max-height:420px)'), touch = matchMedia('(pointer:coarse)');

const field = make('textarea', {
  className: 'field write', dir: 'auto', rows: 1, enterKeyHint: touch.matches ? 'enter' : 'send', value: store.get('draft') ?? '',
  oninput: () => { wrote(); if (field.value && Date.now() - typed > 3e3 && line.send('typing')) typed = Date.now(); },
  // 229: Enter in an input method
  onkeydown: e => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229 && !touch.matches) submit(e); },
});
const send = make('button', { className: 'send' }, icon(SEND));
const composer = make('form', { className: 'composer', onsubmit: submit }, field, send);
const focus = () => field.focus({ preventScroll: true });

function wrote() {
  const { style, value } = field;
  store.set('draft', value);
  style.height = 'auto';
  style.height = field.scrollHeight + 'px';
  send.disabled = !value.trim();
}

function clear() {
  field.value = '';
  wrote();
}

function submit(e) {
  e.preventDefault();
  const text = field.value.trim();
  if (text) { clear(); post(text); }
  focus();
}

// 14 Offer

const mail = make('input', { className: 'field address', type: 'email', required: true, autocomplete: 'email', oninput: () => mail.setCustomValidity('') });
const ask = button('ask', () => { offer.replaceChildren(mail, save, skip); dress(); mail.focus(); });
const save = make('button', { className: 'tool save' }, icon(SEND));
const skip = button('tool skip', () => { store.set('email', '1'); withdraw(); render(); focus(); }, icon(CLOSE));
const offer = make('form', { className: 'offer', onsubmit: leave }, ask, skip);

function withdraw() {
  mail.value = '';
  offer.replaceChildren(ask, skip);
}

// Only if somebody asked, nobody is there, no address is known.
function invite() {
  write(ask, word('email'));
  offer.hidden = ask.isConnected && (adminOnline || email !== null || !transcript.spoken || store.get('email'));
}

async function leave(e) {
  e.preventDefault();
  try {
    const text = word('emailed', mail.value);
    become(await api('/identify', { email: mail.value }));
    store.set('email', '1');
    offer.replaceChildren(text);
    live.textContent = text;
    focus();
  } catch {
    mail.setCustomValidity(word('failed'));
    mail.reportValidity();
  }
}

// 15 View

let hot, cold;
function flash(unread) {
  const calling = unread && document.hidden;
  if (document.title === hot) document.title = cold;
  else if (calling) {
    cold = document.title;
    document.title = hot = '(' + unread + ') ' + word('jump');
  }
  later('title', calling && (() => flash(unread)), 1500);
}

const title = make(inline ? 'h1' : 'h2', { className: 'title' });
const status = make('p', { className: 'status', role: 'status' });
const mute = button('tool mute', () => {
  store.set('mute', store.get('mute') ? '' : '1');
  dress();
});
const typing = make('div', { className: 'typing' });
const note = make('div', { className: 'note', dir: 'auto' });
const panel = make('section', { className: 'panel', role: inline ? 'main' : 'dialog', tabIndex: -1 },
  make('div', { className: 'head' }, make('div', {}, title, status), mute, button('tool close', close, icon(CLOSE))),
  box, jump, typing, note, offer, composer);
const badge = make('span', { className: 'badge', ariaHidden: 'true' });
const launcher = button('launcher', toggle);
const live = make('div', { className: 'sr', ariaLive: 'polite' });
const lc = make('div', { className: inline ? 'lc inline' : 'lc', onkeydown: e => { if (e.key === 'Escape' && !e.isComposing) close(); } }, panel, launcher, live);

const host = make('lean-chat');
const shadow = host.attachShadow({ mode: 'open' }), sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
shadow.adoptedStyleSheets = [sheet];
shadow.append(lc);
launcher.ariaHasPopup = 'dialog';
on(shadow, 'keydown keyup keypress beforeinput input paste copy cut focusin', e => e.stopPropagation());

let opened = false, shown = true, modal = false, overflow = '', unread = 0, before, reason;

function writes(name) {
  write(typing, name ? word('typing', name) : '');
  later('typing', name && (() => writes()), 5e3);
}

// A burst is drawn once, counted at once: a hidden tab's timers are late.
function soon(why) {
  reason ??= why;
  if (!timers.soon) later('soon', () => render(), 30);
  count();
}

function render(why = reason) {
  later('soon');
  reason = null;
  note.hidden = !options.consent || transcript.spoken || queued()[0];
  invite();
  draw(why);
  count();
  const { state } = line, down = state === 'connecting' || state === 'online' && !navigator.onLine;
  if (!down) later('offline');
  if (state === 'stopped') tell(state);
  else if (!down) tell(...adminOnline ? ['online'] : ['away', away()]);
  else if (!timers.offline) {
    later('offline', () => tell('offline'), 5e3);
    tell('connecting', transcript.id ? '' : undefined);
  }
}

function update(changes) { Object.assign(wishes, changes); dress(); }

function dress() {
  options = { zIndex: 2147483000, offsetX: 20, offsetY: 20, ...served, ...wishes };
  speak();
  const { position, color, theme, zIndex, offsetX, offsetY } = options;
  lc.style.cssText = `--z:${zIndex};--y:${parseInt(offsetY)}px;--${/left/.exec(position) ?? 'right'}:${parseInt(offsetX)}px;color-scheme:${/light|dark/.exec(theme) ?? 'light dark'};` + (color ? '--accent:' + color : '');
  host.lang = words.language;
  host.dir = lc.dir = /ar|he/.test(words.language) ? 'rtl' : 'ltr';
  panel.ariaLabel = title.textContent = options.title || 'Chat';
  for (const e of panel.querySelectorAll('.log,.tool,.send,.field')) e.placeholder = e.ariaLabel = word(e.className.split(' ').pop());
  write(jump, word('jump'));
  mute.ariaPressed = !!store.get('mute');
  mute.replaceChildren(icon(store.get('mute') ? MUTE : LOUD));
  launcher.replaceChildren(icon(opened ? CLOSE : CHAT), badge);
  launcher.ariaExpanded = opened;
  panel.hidden = !opened;
  note.replaceChildren(...linked(options.consent ?? ''));
  fit();
  render();
}

function count() {
  const n = transcript.unread.length;
  if (n !== unread) emit('unread', unread = n);
  write(badge, n > 9 ? '9+' : '' + n);
  badge.hidden = !n || opened;
  launcher.ariaLabel = opened ? word('close') : word('open') + (n ? ` – ${word('jump')}: ${n}` : '');
  flash(n);
  launcher.hidden = !shown || yes(options.hideLauncher) || yes(options.hideWhenAway) && !adminOnline && !token;
}

function tell(state, text = word(state)) {
  const { dataset } = lc;
  if (text) write(status, text);
  if (state !== dataset.status) emit('status', dataset.status = state);
}

function open(focused = true) {
  if (opened) return;
  opened = true;
  before = document.activeElement;
  dress();
  wrote();
  toEnd();
  if (focused) if (touch.matches) panel.focus(); else focus();
  wake();
  emit('open');
}

function toggle() { if (opened) close(); else open(); }

function close() {
  if (!opened || inline) return;
  const inside = shadow.activeElement;
  opened = false;
  dress();
  if (inside) (launcher.hidden ? before : launcher)?.focus({ preventScroll: true });
  emit('close');
}

function fit() {
  const covers = opened && small.matches && !inline, { style } = document.documentElement, { scale, offsetTop, height } = page.visualViewport;
  lc.classList.toggle('full', inline || small.matches);
  if (modal !== covers) {
    modal = document.body.inert = covers;
    [overflow, style.overflow] = [style.overflow, modal ? 'hidden' : overflow];
  }
  panel.ariaModal = modal || null;
  panel.style.cssText = scale < 1.02 ? `--top:${offsetTop}px;--height:${height}px` : '';
}

function remove() {
  opened = false;
  fit();
  flash(0);
  sizes.disconnect();
  line.rest('stopped');
  settle();
  audio?.close();
  for (const name in timers) later(name);
  host.remove();
}

// 16 LeanChat

function mount() {
  let ready = false;

  calls = {
    open, close, toggle, show: () => { shown = true; count(); }, hide: () => { shown = false; count(); }, update,
    identify: me => { who = me; connect(); }, reset: () => reset(),
    on(name, listener) {
      const off = new AbortController();
      if (name === 'ready' && ready) listener();
      on(document, KEY + name, e => listener(e.detail), AbortSignal.any([ended.signal, off.signal]));
      return () => off.abort();
    },
    destroy: () => { ended.abort(); watch.disconnect(); remove(); delete page.LeanChat; },
  };
  Object.assign(LeanChat, calls);

  function attach() {
    if (ended.signal.aborted || host.isConnected) return;
    document.documentElement.append(host);
    watch.observe(document.documentElement, { childList: true });
    restore();
  }
  const watch = new MutationObserver(() => setTimeout(attach));
  watch.observe(document, { childList: true });
  dress();
  attach();

  function follow() {
    const [, name, key] = /^#(leanchat|key)(?:=(.+))?$/.exec(location.hash) ?? [];
    if (!name || name === 'key' && !inline) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    open();
    if (key) arrive(key);
  }
  function back() { count(); if (ready && !document.hidden) wake(); }

  on(document, 'visibilitychange resume', back);
  on(page, 'online pageshow', back);
  on(page, 'offline', () => render());
  on(page, 'pagehide', () => line.rest());
  on(page, 'storage', e => shared(e.key?.split(KEY)[1] ?? '', e.newValue));
  on(page, 'hashchange', follow);
  on(page.navigation, 'navigatesuccess', tellPage);
  on(page.visualViewport, 'resize scroll', fit);
  on(small, 'change', fit);
  on(document, 'click', e => {
    if (!e.target.closest?.('[data-leanchat-open],[href$="#leanchat"]')) return;
    e.preventDefault();
    open();
  });

  for (const call of queue) LeanChat(...call);
  if (inline || yes(options.open)) open(inline);
  follow();
  emit('ready');
  function start() { later('mount', () => { ready = true; back(); }, 200); }
  if (document.readyState === 'complete') start(); else on(page, 'load', start);
}

if (document.readyState === 'loading') on(document, 'DOMContentLoaded', mount); else mount();
})();
