// @ts-check
// LeanChat, the visitor's side:
// 1 Settings  2 Words  3 Looks  4 Store  5 Api  6 Line  7 Transcript  8 Outbox
// 9 Session  10 Chat  11 Bell  12 Log  13 Composer  14 Offer  15 View  16 LeanChat
(() => {
const listen = (target, types, listener, signal) => { for (const type of types.split(' ')) target?.addEventListener(type, listener, { signal }); };
/** @type {any} */
const page = window, root = document.documentElement;
if (page.LeanChat?.version) return;
const stub = page.LeanChat ??= (...call) => stub.q.push(call);
stub.q ??= [];
stub.version = 1;

// 1 Settings

/** @type {any} */
const served = /*<settings>*/{}/*</settings>*/;
/** @type {any} */
const tag = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
const server = served.origin ?? new URL('.', tag?.src || location.href).href;
const yes = v => '' + (v ?? false) !== 'false';
const inline = yes(tag?.dataset.inline);
const wishes = {};
let options = served;

// 2 Words

/** @type {any} */
let words = /*<words>*/{
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
const speak = async () => {
  const wanted = [options.locale, root.lang, ...navigator.languages].filter(tag => tag) + '';
  if (wanted === asked) return;
  asked = wanted;
  if (family(wanted) !== family(words.language)) try {
    words = { ...words, ...await (await fetch(server + 'widget.js?words=' + wanted)).json() };
    view.dress();
  } catch { /* what came will do */ }
};

let ahead = 0;
const now = () => Date.now() + ahead;
const day = t => new Date(t).setHours(12, 0, 0, 0);
const clocks = {};
const when = (t, parts) => (clocks[local() + !parts] ??= new Intl.DateTimeFormat(local(), { hour: 'numeric', minute: '2-digit', ...parts })).format(t);
const dayName = t => {
  const days = Math.round((day(t) - day(now())) / 864e5);
  return [0, -1].includes(days)
    ? new Intl.RelativeTimeFormat(local(), { numeric: 'auto' }).format(days, 'day')
    : new Date(t).toLocaleDateString(local(), { weekday: 'long', day: 'numeric', month: 'long' });
};
const away = () => {
  const opens = 1e3 * options.hours?.find(([, end]) => end * 1e3 > now())?.[0];
  return !(opens > now()) ? word('away') : day(opens) === day(now()) ? word('back', when(opens)) : word('back_on', when(opens, { weekday: 'short' }));
};

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
  font:14px/1.45 system-ui,sans-serif}
[style*=accent]{--ink-on:clamp(0,(.179 - .2126*r - .7152*g - .0722*b)*9999,1);--accent-ink:color(from var(--accent) srgb-linear var(--ink-on) var(--ink-on) var(--ink-on));
  --link:var(--ink);--me:color-mix(in srgb,var(--accent) 14%,var(--surface))}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
button,textarea,input{font:inherit;color:inherit;margin:0;border:0;padding:0;background:none}
button{cursor:pointer;display:grid;place-items:center}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{width:20px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}

.launcher,.panel{position:fixed;inset:auto var(--right,auto) var(--y) var(--left,auto);box-shadow:var(--shadow)}
.launcher{width:56px;height:56px;border-radius:50%;background:var(--accent);color:var(--accent-ink)}
.launcher svg{width:26px}
.badge{position:absolute;top:-3px;inset-inline-end:-3px;min-width:22px;padding:0 6px;border-radius:11px;background:var(--unread);
  color:var(--surface);font-size:12px;font-weight:650;line-height:22px;box-shadow:0 0 0 2px var(--surface)}

.panel{margin-bottom:68px;width:384px;height:min(640px,100vh - 112px);
  display:flex;flex-direction:column;overflow:hidden;background:var(--surface);border-radius:16px}
.head{display:flex;align-items:center;gap:4px;padding-block:14px 12px;padding-inline:20px 12px;border-bottom:1px solid var(--line)}
.head div{flex:1;min-width:0}
.title,.typing{margin:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--ink2)}
.title{font-size:16px;line-height:1.3;font-weight:650;color:var(--ink)}
.status{margin:0;font-size:13px;color:var(--ink2)}
[data-status=online]{--dot:var(--ok)}
[data-status=offline],[data-status=stopped]{--dot:var(--err)}
.status::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border-radius:50%;border:2px solid var(--dot,var(--control));background:var(--dot)}
.tool,.send{flex:none;width:var(--s);height:var(--s);border-radius:10px;color:var(--ink2)}
.tool:hover{background:var(--sunken);color:var(--ink)}

.log{flex:1;overflow:hidden auto;overscroll-behavior:contain;overflow-anchor:none;padding:16px 20px 8px;display:flex;flex-direction:column;gap:3px}
.log::before{content:"";flex:1}
.log:focus-visible{outline-offset:-3px}
.day{margin:12px 0 10px;font-size:12px;color:var(--ink2);text-align:center}
.day::first-letter{text-transform:uppercase}
.fresh{display:flex;align-items:center;gap:12px;color:var(--unread);font-weight:600}
.fresh::before,.fresh::after{content:"";flex:1;border-top:1px solid}
.msg{display:flex;flex-direction:column;align-items:start}
.me{align-items:end}
.bubble{max-width:85%;padding:9px 14px;border-radius:16px;background:var(--them);font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere;overflow:clip}
.me .bubble{background:var(--me)}
.sending .bubble{opacity:.62}
.meta{display:none;unicode-bidi:plaintext;margin:3px 4px 11px;font-size:12px;color:var(--ink2)}
.end .meta{display:block}
.retry{color:var(--err);font-weight:600;min-height:calc(var(--s) - 12px)}
a{color:var(--link)}
.typing{padding:0 24px;height:22px;font-size:12px}
.jump{align-self:center;flex:none;margin:-42px 0 6px;padding:0 14px;border-radius:16px;z-index:1;background:var(--surface);
  color:var(--unread);font-size:13px;font-weight:600;box-shadow:var(--shadow)}

.note,.offer{margin:0 24px 8px;font-size:12px;color:var(--ink2);overflow-wrap:anywhere}
.offer{display:flex;align-items:center;margin-inline-end:12px;font-size:13px}
.offer :first-child{flex:1;min-width:0;text-align:start;justify-items:start}
.ask{color:var(--link)}
.ask,.jump,.address{min-height:var(--s)}
.address{padding:0 8px;border-radius:8px;outline:1px solid var(--control)}

.composer{display:flex;align-items:end;gap:4px;margin:2px 12px 12px;padding:4px;border-radius:14px;box-shadow:inset 0 0 0 1px var(--control)}
.composer:focus-within{box-shadow:inset 0 0 0 1px var(--link);outline:3px solid var(--me)}
textarea{flex:1;min-width:0;height:var(--s);max-height:124px;padding:calc(var(--s)/2 - 11px) 10px;resize:none;font-size:15px}
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
@media(prefers-reduced-motion:no-preference){.panel{animation:rise .18s cubic-bezier(.2,.8,.2,1)}}
@keyframes rise{0%{opacity:0;translate:0 8px}}
@media(forced-colors:active){.panel,.launcher,.bubble,.composer,.jump,.send{border:1px solid}}
@media print{.lc{display:none}}
`;

/** @returns {any} */
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const button = (className, onclick, ...children) => make('button', { type: 'button', className, onclick }, ...children);
const icon = d => {
  const [svg, path] = ['svg', 'path'].map(name => document.createElementNS('http://www.w3.org/2000/svg', name));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.ariaHidden = 'true';
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
};
const CHAT = 'M7 4h10a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z';
const CLOSE = 'm6 6 12 12M18 6 6 18', SEND = 'M5 12h14M13 6l6 6-6 6', SPEAKER = 'M4 9v6h4l4 4V5L8 9z', LOUD = 'M16 9q2 3 0 6', MUTE = 'M16 9l5 6m0-6-5 6';
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(KEY + name, { detail }));
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

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
const alone = (name, work) => navigator.locks?.request(KEY + name, work).catch(e => {
  if (e.name === 'SecurityError') return work();
  throw e;
}) ?? work();

// 5 Api

const api = async (method, path, body, token = session.token) => {
  const response = await fetch(server + 'support_chat' + path, {
    method, credentials: 'omit', signal: AbortSignal.timeout(15e3), body: body && JSON.stringify(body),
    headers: { ...token && { Authorization: 'Bearer ' + token }, ...body && { 'Content-Type': 'application/json' } },
  });
  const { headers, status } = response, skew = Date.parse(headers.get('Date')) - Date.now();
  if (Math.abs(skew) > 6e4) ahead = skew;
  const reply = await response.json().catch(() => null);
  if (!response.ok) throw { status, token, code: reply?.error, wait: 1e3 * Number(headers.get('Retry-After')) };
  return reply;
};

// 6 Line

class Line {
  state = 'idle'; live = false;
  #socket; #retry; #beat; #deadline; #poll;
  #token; #since = 0; #hint = 0; #firm = 0; #tries = 0; #quick = 0; #wrong = 0;

  connect() {
    if (this.#socket || this.state === 'stopped' || Date.now() < this.#firm) return;
    clearTimeout(this.#retry);
    if (!this.#poll) this.turn('connecting');
    let socket;
    try { socket = this.#socket = new WebSocket(server.replace('http', 'ws') + 'ws/chat'); } catch { return this.#closed(1006); }
    socket.onopen = () => socket.send(JSON.stringify({ action: 'auth', token: this.#token = session.token, after: chat.transcript.last }));
    socket.onmessage = e => { if (socket === this.#socket) this.#hear(JSON.parse(e.data)); };
    socket.onclose = e => { if (socket === this.#socket) this.#closed(e.code); };
    this.#expect();
  }

  send(action, rest) {
    if (this.live) this.#socket.send(JSON.stringify({ action, ...rest }));
    return this.live;
  }

  wake() {
    if (!this.#socket) this.connect();
    else if (this.send('ping')) this.#expect();
    if (this.#poll) this.#pull();
  }

  drop() { if (this.#socket) this.#closed(0); }

  rest(state = 'idle') {
    this.#hangUp();
    clearTimeout(this.#retry);
    this.#stopPolling();
    this.turn(state);
  }

  turn(state) {
    if (state === this.state) return;
    this.state = state;
    if (state === 'online') outbox.flush();
    if (state === 'stopped') outbox.late();
    view.status();
  }

  #hear(frame) {
    clearTimeout(this.#deadline);
    if (frame.type === 'ready') {
      this.live = true;
      this.#since = Date.now();
      this.#beat = setInterval(() => this.wake(), 20e3);
      this.#stopPolling();
      this.turn('online');
    }
    if (frame.type === 'going_away') this.#hint = frame.retry_after_ms;
    chat.hear(frame);
  }

  #expect() {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      if (!this.live) this.#quick = 2;
      this.#closed(this.live ? 0 : 1006);
    }, 8e3);
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    this.live = false;
    clearInterval(this.#beat);
    clearTimeout(this.#deadline);
    socket?.close();
  }

  // Jitter: a thousand widgets must not come back as one.
  #closed(code) {
    const lived = this.live && Date.now() - this.#since;
    this.#hangUp();
    if (lived > 6e4) this.#tries = this.#wrong = 0;
    this.#quick = code === 1006 && lived < 5e3 ? this.#quick + 1 : 0;
    const some = Math.random() * Math.min(3e4, 500 * 2 ** this.#tries++), blocked = this.#quick > 2;
    if (code === 4403 || [1002, 1003, 1007, 1008].includes(code) && ++this.#wrong > 2) this.rest('stopped');
    else if ([1000, 1001, 4401].includes(code) || code === 4409 && document.hidden) this.rest();
    else {
      const bidden = { 1012: this.#hint + Math.random() * 15e3, 1013: 1e4 + some, 4409: 3e4 + some, 4429: 3e4 + some }[code];
      this.#firm = Date.now() + (bidden ?? 0);
      this.#retry = setTimeout(() => { this.#firm = 0; this.connect(); }, bidden ?? (blocked ? 6e4 : some));
      if (this.#poll || blocked || code === 4409) this.#pull();
      else this.turn('connecting');
    }
    outbox.settle(code === 1009 && { code: 'too_large' });
    if (code === 4401) session.failed({ status: 401, token: this.#token });
  }

  #stopPolling() { this.#poll = clearTimeout(this.#poll); }

  async #pull() {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(() => this.#pull(), (view.opened ? 5e3 : 15e3) * (1 + Math.random() / 5));
    if (document.hidden) return;
    const ok = await chat.pull();
    if (this.#poll) this.turn(ok ? 'online' : 'connecting');
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
  read(by, upTo, at) { for (const m of this.list) if (m.sender_type !== by && m.seq <= upTo) m.read_at ??= at; }
}

// 8 Outbox

class Outbox {
  #letters = new Map(); #flushing = false; #waiting;

  load() {
    for (const key of store.keys()) if (key.startsWith('out:'))
      try { const letter = JSON.parse(store.get(key)); this.#letters.set(letter.id, letter); } catch {}
  }
  get all() { return [...this.#letters.values()].sort((a, b) => a.at - b.at); }
  get next() { return this.all.find(l => l.state !== 'failed'); }
  add(content) {
    const at = Math.max(now(), 1 + (this.all.pop()?.at ?? 0));
    this.save({ id: at + '-' + Math.random(), content, at });
    emit('send', { content });
  }
  save(letter, state = '') {
    this.#letters.set(letter.id, letter = { ...letter, state });
    store.set('out:' + letter.id, JSON.stringify(letter));
  }
  drop(id) {
    if (this.#letters.delete(id)) store.set('out:' + id);
    this.settle(0, id);
  }

  late() {
    for (const letter of this.all) if (!letter.state) this.save(letter, 'late');
    view.render();
  }

  retry() {
    for (const letter of this.all) this.save(letter);
    view.render();
    session.connect();
  }

  settle(error, id = this.#waiting?.id) { if (id === this.#waiting?.id) this.#waiting?.done(error); }

  async flush() {
    if (this.#flushing || !session.token) return;
    this.#flushing = true;
    let letter, wrong;
    try {
      while (session.token && line.state !== 'stopped' && (letter = this.next)) {
        await this.#deliver(letter).catch(e => {
          if (!/^(bad|empty|content|too_large|client|forbidden)/.test(e.code)) throw e;
          this.save(letter, 'failed');
          view.render();
          view.say(word('failed'));
        });
      }
    } catch (e) { wrong = e; }
    this.#flushing = false;
    if (wrong) session.failed(wrong);
  }

  async #deliver({ id, content }) {
    const body = { content, client_id: id };
    if (!line.send('send_message', body)) return chat.take([await api('POST', '/messages', body)]);
    const late = setTimeout(() => line.drop(), 1e4);
    const error = await new Promise(done => this.#waiting = { id, done });
    clearTimeout(late);
    if (error) throw error;
  }
}

const outbox = new Outbox();

// 9 Session

class Session {
  token = store.get('token');
  #who; #entering; #again; #failures = 0; #renewed = 0;

  async connect(wanted = this.token || outbox.next || view.opened && this.#who?.token) {
    if (line.state === 'stopped') return outbox.late();
    if (!wanted) return;
    clearTimeout(this.#again);
    try {
      if (line.state === 'idle') line.turn('connecting');
      if (!this.token || !chat.transcript.id || this.#who) await this.#enter();
      this.#failures = 0;
      line.connect();
      outbox.flush();
    } catch (e) { this.failed(e); }
  }

  #enter() {
    return this.#entering ??= alone('enter', async () => {
      this.token = store.get('token') ?? this.token;
      const who = this.#who;
      if (!who?.token) this.take(await api('GET', ''));
      if (who) this.take(await api('POST', '/identify', who));
      this.#who = null;
    }).finally(() => this.#entering = null);
  }

  take({ token, ...state }) {
    if (token) store.set('token', this.token = token);
    chat.become(state);
  }

  use(token) {
    line.rest();
    clearTimeout(this.#again);
    this.token = token;
    chat.transcript = new Transcript();
    view.render('old');
    if (token) this.connect();
  }

  failed(e) {
    const { status, token, code, wait } = e;
    if (e.told) return;
    e.told = 1;
    if (status === 401) {
      const known = store.get('token');
      // Signing in ends the session of before: nothing is lost with that.
      if (this.#entering || token !== this.token) return this.connect();
      if (this.#who) this.#who = null;
      else if (known !== this.token) this.use(known);
      else if (Date.now() - this.#renewed < 6e4) return line.rest('stopped');
      else {
        this.#renewed = Date.now();
        store.set('token');
        this.use();
      }
      return this.connect(this.token || view.opened || outbox.next);
    }
    if (code === 'forbidden') return line.rest('stopped');
    outbox.late();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.connect(), wait || 1e3 + Math.random() * Math.min(3e4, 2e3 * 2 ** this.#failures++));
  }

  identify(who) {
    this.#who = who;
    this.connect();
  }

  async arrive(key) {
    try {
      const state = await api('POST', '/open', { key }, '');
      line.rest();
      this.take(state);
      this.connect();
    } catch (e) { if (e.status) view.update({ greeting: word('expired') }); }
  }

  reset(elsewhere) {
    memory.clear();
    if (!elsewhere) {
      if (this.token) api('DELETE', '/session').catch(() => {});
      for (const { id } of outbox.all) outbox.drop(id);
      for (const key of store.keys()) store.set(key);
    }
    this.#who = null;
    if (!store.get('draft')) view.clear();
    this.use();
  }

  stop() {
    line.rest('stopped');
    clearTimeout(this.#again);
    outbox.settle();
    audio?.close();
  }
}

const session = new Session();

// 10 Chat

class Chat {
  transcript = new Transcript(); adminOnline = options.admin_online; email;
  #paging = false; #fresh = 0; #polls = 0; #typed = 0;

  get seen() { return view.opened && !document.hidden; }

  become({ id, messages, more, admin_online, user, greeting }) {
    served.greeting = greeting;
    const other = id !== this.transcript.id;
    if (other) this.transcript = new Transcript(id, more);
    this.email = user.email;
    this.adminOnline = admin_online;
    this.#fresh = Date.now();
    this.take(messages, other);
    view.dress();
  }

  hear(frame) {
    switch (frame.type) {
      case 'ready':
        this.adminOnline = frame.admin_online;
        if (Date.now() - this.#fresh > 5e3) this.pull(true);
        this.tellPage();
        return outbox.flush();
      case 'new_message':
        return this.take([frame.message]);
      case 'read':
        this.transcript.read(frame.by, frame.up_to, frame.read_at);
        return view.soon();
      case 'typing':
        return view.typing(frame.by === 'admin' && (frame.name || word('team')));
      case 'presence':
        this.adminOnline = frame.admin_online;
        return view.status();
      case 'error':
        outbox.settle({ code: frame.code, wait: frame.retry_after_ms }, frame.client_id);
    }
  }

  async pull(whole = this.#polls++ % 6 === 0) {
    try {
      if (whole) session.take(await api('GET', ''));
      else this.take(await api('GET', '/messages?after=' + this.transcript.last));
      return true;
    } catch (e) { if (e.status === 401) session.failed(e); }
  }

  take(messages, history) {
    const news = this.transcript.merge(messages).filter(() => !history);
    for (const m of messages) outbox.drop(m.client_id);
    const heard = news.filter(m => m.sender_type === 'admin' && !m.read_at);
    if (history) view.render('old'); else view.soon(heard[0] && 'new');
    for (const m of heard) {
      view.typing();
      ring(m, this.seen);
      if (!view.opened) view.say((m.sender_name || word('team')) + ': ' + m.content);
    }
    for (const m of news) emit('message', m);
    this.#markRead(history);
  }

  async older() {
    const { transcript } = this;
    if (!transcript.more || this.#paging) return;
    this.#paging = true;
    try {
      const page = await api('GET', '/messages?before=' + transcript.first);
      view.render();
      transcript.merge(page);
      transcript.more = page[0]?.seq > 1;
      view.render('old');
    } catch {}
    this.#paging = false;
  }

  send(text) {
    text.match(new RegExp(`[^]{1,${options.content_length || 1e5}}`, 'gu')).forEach(content => outbox.add(content));
    view.render('own');
    session.connect();
  }

  #markRead(back) {
    const { transcript } = this, { unread } = transcript;
    if (back) transcript.fresh = unread[0]?.seq;
    if (!this.seen || !unread[0]) return;
    const last = unread.pop().seq;
    this.shared('read', last);
    store.set('read', last);
    if (!line.send('mark_read')) api('PATCH', '/mark_read').catch(() => {});
  }

  typed() { if (Date.now() - this.#typed > 3e3 && line.send('typing')) this.#typed = Date.now(); }

  tellPage() {
    line.send('page', { url: location.href, title: document.title, referrer: document.referrer,
      locale: navigator.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  }

  wake() {
    outbox.load();
    if (line.state === 'idle' || !this.transcript.id) session.connect(); else line.wake();
    outbox.flush();
    this.#markRead(true);
    view.status();
  }

  shared(key, value) {
    if (key === 'token' && value != session.token) if (value) session.use(value); else session.reset(true);
    if (key === 'read') this.transcript.read('user', value, new Date(now()).toISOString());
    if (key.startsWith('out:')) if (value) outbox.load(); else outbox.drop(key.slice(4));
    if (key === 'mute') view.dress(); else view.soon();
  }
}

const chat = new Chat();

// 11 Bell

let audio;
const pause = ms => new Promise(done => setTimeout(done, ms));
const ring = async ({ created_at }, seen) => {
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
};

// 12 Log

const linked = text => {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(/https?:\/\/(\([^\s()]*\)|[^\s()<>"])*(\([^\s()]*\)|[^\s()<>"'.,:;!?…])|[\w.+-]+@[\w-]+(\.[\w-]+)+/gi)) {
    const href = (/^http/i.test(found) ? '' : 'mailto:') + found;
    if (!URL.canParse(href)) continue;
    parts.push(text.slice(end, index), make('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, found));
    end = index + found.length;
  }
  return [...parts, text.slice(end)];
};

class Log {
  box = make('div', { className: 'log', role: 'log', tabIndex: 0, ariaRelevant: 'additions', onscroll: () => this.#scrolled() });
  jump = button('jump', () => this.toEnd());
  sizes = new ResizeObserver(() => this.restore());
  #nodes = new Map(); #top = 0; #atEnd = true;
  constructor() { this.sizes.observe(this.box); }

  toEnd() { this.#atEnd = this.jump.hidden = true; this.box.scrollTop = 1e9; }
  restore() { if (this.#atEnd) this.toEnd(); else this.box.scrollTop = this.#top; }

  #scrolled() {
    if (this.#measure() < 300) chat.older();
  }

  // Asked before every change too: the event of a scroll may come after it.
  #measure() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    if (!clientHeight) return NaN;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < 100;
    if (this.#atEnd) this.jump.hidden = true;
    return this.#top = scrollTop;
  }

  /** @param {'own'|'new'|'old'} [why] */
  render(why) {
    const { box } = this, height = box.scrollHeight, rows = new Set(this.#rows());
    this.#measure();
    if (why === 'old') box.ariaBusy = true;
    let next = box.firstChild;
    for (const node of rows) if (node === next) next = node.nextSibling; else box.insertBefore(node, next);
    for (const [key, node] of this.#nodes) if (!rows.has(node)) { node.remove(); this.#nodes.delete(key); }
    if (why === 'own' || this.#atEnd) this.toEnd();
    else if (why === 'new') this.jump.hidden = false;
    else if (why === 'old') box.scrollTop = this.#top += box.scrollHeight - height;
    if (why === 'old') setTimeout(() => box.ariaBusy = false, 50);
  }

  *#rows() {
    const { transcript } = chat, greeting = options.greeting ?? word('greeting');
    const all = [
      ...transcript.list.map(m => {
        const mine = m.sender_type === 'user', at = Date.parse(m.created_at), state = m.read_at ? 'seen' : 'sent';
        const label = mine ? when(at) + ' · ' + word(state) : (m.sender_name || word('team')) + ' · ' + when(at);
        return { key: mine && m.client_id || m.id, mine, text: m.content, at, state, label, fresh: m.seq === transcript.fresh };
      }),
      ...outbox.all.map(({ id, content, at, state }) => ({
        key: id, mine: true, text: content, at, state: state ? 'failed' : 'sending', label: state ? word('failed') + ' · ' + word('retry') : word('sending'),
      })),
    ];
    if (greeting && !transcript.more) yield this.#row({ key: '0' + greeting, text: greeting, label: word('team') }, 'end');
    let today;
    for (const [i, row] of all.entries()) {
      if (today !== (today = day(row.at))) yield this.#mark(today, dayName(today));
      if (row.fresh) yield this.#mark('fresh', word('jump'));
      const next = all[i + 1];
      yield this.#row(row, next && next.mine === row.mine && next.label === row.label && day(next.at) === today ? '' : 'end');
    }
  }

  #node(key, build) {
    if (!this.#nodes.has(key)) this.#nodes.set(key, build());
    return this.#nodes.get(key);
  }

  #mark(key, text) {
    const node = this.#node(key, () => make('div', { className: 'day ' + key }));
    write(node, text);
    return node;
  }

  /** @param {any} row */
  #row({ key, mine, text, state, label }, place) {
    const node = this.#node(key, () => make('div', {},
      make('span', { className: 'sr' }, word(mine ? 'you' : 'team') + ': '),
      make('div', { className: 'bubble', dir: 'auto' }, ...linked(text)), make('div', { className: 'meta' })));
    const meta = node.lastChild;
    node.className = `msg ${mine ? 'me ' + state : 'them'} ${place}`;
    write(meta, label);
    if (state === 'failed' && !meta.children[0]) meta.replaceChildren(button('retry', () => outbox.retry(), label));
    return node;
  }
}

// 13 Composer

const small = matchMedia('(max-width:480px),(max-height:420px)'), touch = matchMedia('(pointer:coarse)');

class Composer {
  field = make('textarea', {
    className: 'field write', dir: 'auto', rows: 1, enterKeyHint: touch.matches ? 'enter' : 'send', value: store.get('draft') ?? '',
    oninput: () => { this.wrote(); if (this.field.value) chat.typed(); },
    // isComposing, 229: an input method's Enter
    onkeydown: e => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229 && !touch.matches) this.#submit(e); },
  });
  #send = make('button', { className: 'send' }, icon(SEND));
  form = make('form', { className: 'composer', onsubmit: e => this.#submit(e) }, this.field, this.#send);

  wrote() {
    const { style, value } = this.field;
    store.set('draft', value);
    style.height = 'auto';
    style.height = this.field.scrollHeight + 'px';
    this.#send.disabled = !value.trim();
  }

  clear() {
    this.field.value = '';
    this.wrote();
  }

  #submit(e) {
    e.preventDefault();
    const text = this.field.value.trim();
    if (text) { this.clear(); chat.send(text); }
    this.field.focus();
  }
}

// 14 Offer

class Offer {
  #mail = make('input', { className: 'field address', type: 'email', required: true, autocomplete: 'email', oninput: () => this.#mail.setCustomValidity('') });
  #ask = button('ask', () => { this.#show(this.#mail, this.#save); view.dress(); this.#mail.focus(); });
  #save = make('button', { className: 'tool save' }, icon(SEND));
  #skip = button('tool skip', () => { store.set('email', '1'); this.clear(); view.render(); view.focus(); }, icon(CLOSE));
  form = make('form', { className: 'offer', onsubmit: e => this.#leave(e) });
  constructor() { this.clear(); }

  #show(...parts) { this.form.replaceChildren(...parts, this.#skip); }

  clear() {
    this.#mail.value = '';
    this.#show(this.#ask);
  }

  // Only where it is of use: somebody asked, nobody is there, no address is known.
  render() {
    write(this.#ask, word('email'));
    this.form.hidden = this.#ask.isConnected && (chat.adminOnline || chat.email !== null || !chat.transcript.spoken || store.get('email'));
  }

  async #leave(e) {
    e.preventDefault();
    try {
      const email = this.#mail.value, thanks = word('emailed', email);
      session.take(await api('POST', '/identify', { email }));
      store.set('email', '1');
      this.form.replaceChildren(thanks);
      view.say(thanks);
      view.focus();
    } catch {
      this.#mail.setCustomValidity(word('failed'));
      this.#mail.reportValidity();
    }
  }
}

// 15 View

class Title {
  #hot; #cold; #timer;

  flash(unread) {
    clearTimeout(this.#timer);
    if (document.title === this.#hot) document.title = this.#cold;
    else if (unread && document.hidden) {
      this.#cold = document.title;
      document.title = this.#hot = `(${unread}) ${word('jump')}`;
    }
    if (unread && document.hidden) this.#timer = setTimeout(() => this.flash(unread), 1500);
  }
}

class View {
  host = document.createElement('lean-chat');
  opened = false;
  #tab = new Title(); #log = new Log(); #composer = new Composer(); #offer = new Offer();
  #panel; #lc; #shown = true; #offline; #before; #why; #soon; #modal = false; #overflow = ''; #unread = 0; #typed;
  #title = make(inline ? 'h1' : 'h2', { className: 'title' });
  #status = make('p', { className: 'status', role: 'status' });
  #mute = button('tool mute', () => {
    store.set('mute', store.get('mute') ? '' : '1');
    this.dress();
  });
  #typing = make('div', { className: 'typing' });
  #badge = make('span', { className: 'badge', ariaHidden: 'true' });
  #launcher = button('launcher', () => this.opened ? this.close() : this.open());
  #note = make('div', { className: 'note', dir: 'auto' });
  #aloud = make('div', { className: 'sr', ariaLive: 'polite' });

  constructor() {
    this.#panel = make('section', { className: 'panel', role: inline ? 'main' : 'dialog', tabIndex: -1 },
      make('div', { className: 'head' }, make('div', {}, this.#title, this.#status), this.#mute, button('tool close', () => this.close(), icon(CLOSE))),
      this.#log.box, this.#log.jump, this.#typing, this.#note, this.#offer.form, this.#composer.form);
    this.#launcher.ariaHasPopup = 'dialog';
    this.#lc = make('div', { className: inline ? 'lc inline' : 'lc', onkeydown: e => { if (e.key === 'Escape' && !e.isComposing) this.close(); } }, this.#panel, this.#launcher, this.#aloud);
    const shadow = this.host.attachShadow({ mode: 'open' }), sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#lc);
    listen(shadow, 'keydown keyup keypress beforeinput input paste copy cut focusin', e => e.stopPropagation());
  }

  clear() { this.#composer.clear(); this.#offer.clear(); }
  focus() { this.#composer.field.focus({ preventScroll: true }); }
  say(text) { this.#aloud.textContent = text; }
  typing(name) {
    clearTimeout(this.#typed);
    write(this.#typing, name ? word('typing', name) : '');
    if (name) this.#typed = setTimeout(() => this.typing(), 5e3);
  }
  // A burst is drawn once; a hidden tab may wait long for its timers, but counts at once.
  soon(why) {
    this.#why ??= why;
    this.#soon ??= setTimeout(() => this.render(), 30);
    this.count();
  }
  render(why = this.#why) {
    this.#soon = this.#why = clearTimeout(this.#soon);
    this.#note.hidden = !options.consent || chat.transcript.spoken || outbox.all[0];
    this.#offer.render();
    this.#log.render(why);
    this.count();
  }
  restore() { this.#log.restore(); }
  show(shown) { this.#shown = shown; this.count(); }
  update(changes) { Object.assign(wishes, changes); this.dress(); }

  dress() {
    options = { zIndex: 2147483000, offsetX: 20, offsetY: 20, ...served, ...tag?.dataset, ...wishes };
    speak();
    const { position, color, theme, zIndex, offsetX, offsetY } = options, lc = this.#lc;
    lc.style.cssText = `--z:${zIndex};--y:${parseInt(offsetY)}px;--${/left/.exec(position) ?? 'right'}:${parseInt(offsetX)}px;` + `color-scheme:${/light|dark/.exec(theme) ?? 'light dark'};` + (color ? '--accent:' + color : '');
    this.host.lang = words.language;
    this.host.dir = lc.dir = /ar|he/.test(words.language) ? 'rtl' : 'ltr';
    this.#panel.ariaLabel = this.#title.textContent = options.title || 'Chat';
    for (const e of this.#panel.querySelectorAll('.log,.tool,.send,.field')) e.placeholder = e.ariaLabel = word(e.className.split(' ').pop());
    write(this.#log.jump, word('jump'));
    this.#mute.ariaPressed = !!store.get('mute');
    this.#mute.replaceChildren(icon(SPEAKER + (store.get('mute') ? MUTE : LOUD)));
    this.#launcher.replaceChildren(icon(this.opened ? CLOSE : CHAT), this.#badge);
    this.#launcher.ariaExpanded = this.opened;
    this.#panel.hidden = !this.opened;
    this.#note.replaceChildren(...linked(options.consent ?? ''));
    this.fit();
    this.status();
  }

  count() {
    const n = chat.transcript.unread.length;
    if (n !== this.#unread) emit('unread', this.#unread = n);
    write(this.#badge, n > 9 ? '9+' : '' + n);
    this.#badge.hidden = !n || this.opened;
    this.#launcher.ariaLabel = this.opened ? word('close') : word('open') + (n ? ` – ${word('jump')}: ${n}` : '');
    this.#tab.flash(n);
    this.#launcher.hidden = !this.#shown || yes(options.hideLauncher) || yes(options.hideWhenAway) && !chat.adminOnline && !session.token;
  }

  status() {
    this.render();
    const { state } = line, down = state === 'connecting' || state === 'online' && !navigator.onLine;
    if (!down) this.#offline = clearTimeout(this.#offline);
    if (state === 'stopped') this.#tell(state);
    else if (!down) this.#tell(...chat.adminOnline ? ['online'] : ['away', away()]);
    else if (!this.#offline) {
      this.#offline = setTimeout(() => this.#tell('offline'), 5e3);
      this.#tell('connecting', chat.transcript.id ? '' : undefined);
    }
  }

  #tell(state, text = word(state)) {
    const { dataset } = this.#lc;
    if (text) write(this.#status, text);
    if (state !== dataset.status) emit('status', dataset.status = state);
  }


  open(focus = true) {
    if (this.opened) return;
    this.opened = true;
    this.#before = document.activeElement;
    this.dress();
    this.#composer.wrote();
    this.#log.toEnd();
    if (focus) if (touch.matches) this.#panel.focus(); else this.focus();
    chat.wake();
    emit('open');
  }

  close() {
    if (!this.opened || inline) return;
    const inside = this.host.shadowRoot?.activeElement;
    this.opened = false;
    this.dress();
    if (inside) (this.#launcher.hidden ? this.#before : this.#launcher)?.focus({ preventScroll: true });
    emit('close');
  }

  fit() {
    const modal = this.opened && small.matches && !inline, { style } = root, view = window.visualViewport;
    this.#lc.classList.toggle('full', inline || small.matches);
    if (modal !== this.#modal) {
      this.#modal = document.body.inert = modal;
      [this.#overflow, style.overflow] = [style.overflow, modal ? 'hidden' : this.#overflow];
    }
    this.#panel.ariaModal = modal || null;
    this.#panel.style.cssText = view.scale < 1.02 ? `--top:${view.offsetTop}px;--height:${view.height}px` : '';
  }

  remove() {
    this.opened = false;
    this.fit();
    this.#tab.flash(0);
    this.#log.sizes.disconnect();
    for (const timer of [this.#soon, this.#offline, this.#typed]) clearTimeout(timer);
    this.host.remove();
  }
}

const view = new View();

// 16 LeanChat

const mount = () => {
  const ended = new AbortController(), { signal } = ended;
  const on = (target, types, listener) => listen(target, types, listener, signal);
  let ready = false;

  const calls = {
    open: () => view.open(), close: () => view.close(), toggle: () => view.opened ? view.close() : view.open(),
    show: () => view.show(true), hide: () => view.show(false), update: changes => view.update(changes),
    identify: who => session.identify(who), reset: () => session.reset(),
    on: (name, listener) => {
      const off = new AbortController();
      if (name === 'ready' && ready) listener();
      listen(document, KEY + name, e => listener(e.detail), AbortSignal.any([signal, off.signal]));
      return () => off.abort();
    },
    destroy: () => { ended.abort(); watch.disconnect(); session.stop(); view.remove(); delete page.LeanChat; },
  };
  const LeanChat = (name, ...values) => calls[name]?.(...values);
  page.LeanChat = Object.assign(LeanChat, calls, { version: 1 });

  const attach = () => {
    if (signal.aborted || view.host.isConnected) return;
    root.append(view.host);
    watch.observe(root, { childList: true });
    view.restore();
  };
  const watch = new MutationObserver(() => { if (!view.host.isConnected) setTimeout(attach); });
  watch.observe(document, { childList: true });
  view.dress();
  attach();

  const arrive = () => {
    const [, name, key] = /^#(leanchat|key)(?:=(.+))?$/.exec(location.hash) ?? [];
    if (!name || name === 'key' && !inline) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    view.open();
    if (key) session.arrive(key);
  };
  const wake = () => { view.count(); if (ready && !document.hidden) chat.wake(); };

  on(document, 'visibilitychange resume', wake);
  on(window, 'online pageshow', wake);
  on(window, 'offline', () => view.status());
  on(window, 'pagehide', () => line.rest());
  on(window, 'storage', e => { chat.shared(e.key?.split(KEY)[1] ?? '', e.newValue); });
  on(window, 'hashchange', arrive);
  on(page.navigation, 'navigatesuccess', () => chat.tellPage());
  on(window.visualViewport, 'resize scroll', () => view.fit());
  on(small, 'change', () => view.fit());
  on(document, 'click', e => {
    if (!e.target.closest?.('[data-leanchat-open],[href$="#leanchat"]')) return;
    e.preventDefault();
    view.open();
  });

  for (const call of stub.q) LeanChat(...call);
  if (inline || yes(options.open)) view.open(inline);
  arrive();
  emit('ready');
  const start = () => setTimeout(() => { ready = true; wake(); }, 200);
  if (document.readyState === 'complete') start(); else on(window, 'load', start);
};

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', mount, { once: true }); else mount();
})();
