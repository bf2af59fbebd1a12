// @ts-check
// LeanChat's widget: one chat in the corner of somebody else's page.
// 1 Basics  2 Settings  3 Words  4 Time  5 Looks  6 Elements  7 Store  8 Server  9 Line  10 Transcript  11 Outbox
// 12 Session  13 Chat  14 Bell  15 Panel  16 Log  17 Composer  18 Offer  19 View  20 Page  21 LeanChat

// It sends first and draws afterwards: whatever fails on somebody's page, what was typed is kept and leaves. A page may replace any
// built-in, so what lies on the way of a message uses plain loops and the few names of section 1; drawing runs in `attempt`.
// Everything is to work in browsers from 2021 on (Chrome 90, Safari 15, Firefox 90) and to look right in those of March 2023.
(() => {
/** @type {any} */ const page = window;
if (page.LeanChat?.version) return;
const calledBefore = page.LeanChat?.q ?? [];
let calls;
/** @type {any} */ const LeanChat = page.LeanChat = (name, ...values) =>
  calls ? calls[name]?.apply(null, values) : calledBefore.push([name, ...values]);
LeanChat.version = 1;

// 1 Basics

const KEY = 'leanchat:';
/** Whether a text shows anything: the server takes no other. */
const isVisible = text => /[^\s\p{Cc}\p{DI}\u2800]/u.test(text);
const { stringify, parse } = JSON, { fetch, WebSocket, setTimeout, clearTimeout } = page;
const ended = new AbortController();

function on(target, types, listener, options = {}) {
  for (const type of types.split(' ')) target?.addEventListener(type, listener, { signal: ended.signal, ...options });
}

const timers = { __proto__: null };
/** Does the work later; asked again under the same name, only the last time counts. */
function later(name, work, wait) {
  clearTimeout(timers[name]);
  timers[name] = work && setTimeout(work, wait);
}
const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));

let complained = false;
/** Does what may fail on a page that has changed its built-ins. What follows goes on. */
function attempt(work) {
  try { return work(); } catch (error) {
    if (!complained) console.warn('LeanChat:', error);
    complained = true;
  }
}

/** A page may have added to what all objects inherit. */
const owns = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/** JSON. A `toJSON` that the page has given to arrays or objects does not reach it. */
function encode(value) {
  if (typeof value !== 'object' || !value) return stringify(value);
  const list = value instanceof Array;
  let text = '';
  for (const key in value)
    if (owns(value, key) && value[key] !== undefined)
      text += (text && ',') + (list ? '' : stringify(key) + ':') + encode(value[key]);
  return list ? '[' + text + ']' : '{' + text + '}';
}

const emit = (name, detail) => attempt(() => document.dispatchEvent(new CustomEvent(KEY + name, { detail })));

// 2 Settings

/** @type {any} */ const served = /*<settings>*/{}/*</settings>*/;
/** @type {any} */ const current = document.currentScript;
/** @type {any} */ const tag = current ?? document.querySelector('script[src*="widget.js"]');
const wishes = { ...tag?.dataset };
const isYes = value => '' + (value ?? false) !== 'false';
const inline = isYes(wishes.inline);
let options = served;

/** What the owner has changed; where the server is stays. */
function learn(settings) {
  for (const key in served) if (!/^(?:origin|public)$/.test(key)) delete served[key];
  Object.assign(served, settings);
  if (served.away) words.away = words.back = words.back_on = served.away;
  attempt(dress);
}

// 3 Words

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
  "via": "by e-mail",
  "app": "via app",
  "edited": "edited",
  "failed": "Not sent",
  "retry": "Retry",
  "online": "Online",
  "usual": "Usually replies in {n}",
  "minutes": "a few minutes",
  "hour": "an hour",
  "hours": "a few hours",
  "day": "a day",
  "away": "Away · we will reply",
  "back": "Away · back at {n}",
  "back_on": "Away · back {n}",
  "connecting": "Connecting…",
  "offline": "Offline · reconnecting…",
  "stopped": "Chat not available",
  "expired": "This link has expired. Write to us here.",
  "email": "Get our reply by e-mail?",
  "address": "Your e-mail address",
  "save": "Save",
  "skip": "No, thanks",
  "wrong": "Please check the address",
  "emailed": "We’ll e-mail {n}",
  "change": "Change"
}/*</words>*/, wordsAsked;
const word = (key, value) => words[key].replace('{n}', () => value);
const familyOf = language => /^pt-br|^\w*/.exec(language.toLowerCase())[0];

/** The reader's own variant of the language that is spoken: en-GB writes dates otherwise than en. */
const locale = () => (navigator.languages ?? []).find(each => familyOf(each) === familyOf(words.language)) ?? words.language;

async function speak() {
  try {
    const wanted = [options.locale, document.documentElement.lang, ...navigator.languages ?? []].filter(each => each).join();
    if (wanted === wordsAsked) return;
    wordsAsked = wanted;
    if (familyOf(wanted) === familyOf(words.language)) return;
    words = { ...words, ...await ask('widget.js?words=' + wanted, {}) };
    attempt(dress);
    tellPage();
  } catch { /* English will do */ }
}

// 4 Time

/** The server's clock less ours, which may be wrong. */
let serverAhead = 0;
const now = () => Date.now() + serverAhead;
const noonOf = time => new Date(time).setHours(12, 0, 0, 0);
const clocks = {};

function timeOf(time, parts) {
  clocks[locale() + !parts] ??= new Intl.DateTimeFormat(locale(), { hour: 'numeric', minute: '2-digit', ...parts });
  return clocks[locale() + !parts].format(time);
}

function dayName(time) {
  const days = Math.round((noonOf(time) - noonOf(now())) / 864e5);
  try {
    if (days > -2) return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(days, 'day');
  } catch { /* not in this browser: the date says it as well */ }
  return new Date(time).toLocaleDateString(locale(), { day: 'numeric', month: 'long', weekday: 'long' });
}

/** How soon somebody usually answers, rounded up to what people say; nothing beyond a day. */
function usually() {
  const longest = { minutes: 600, hour: 3600, hours: 21600, day: 86400 };
  for (const key in longest) if (replyTime <= longest[key]) return '\n' + word('usual', word(key));
  return '';
}

function awayText() {
  const opens = 1e3 * options.hours?.find(([, end]) => end * 1e3 > now())?.[0];
  if (!(opens > now())) return word('away') + usually();
  return noonOf(opens) === noonOf(now()) ? word('back', timeOf(opens)) : word('back_on', timeOf(opens, { weekday: 'short' }));
}

// 5 Looks

const STYLES = `
:host{all:initial!important;display:contents!important}
.lc{
  --surface:#FFF;--sunken:#EFEDE8;--line:#E2DFD8;--control:#8A857A;--ink:#1C1B19;--ink2:#5B574F;
  --head:#1F5FBF;--head-ink:#FFF;--accent:var(--head);--accent-ink:var(--head-ink);--link:var(--accent);
  --me:#E8EFFB;--them:#F0EEE9;--unread:#C2410C;--ok:#1E7B46;--err:#B3261E;
  --shadow:0 1px 3px #0002,0 8px 32px #0003;
  --size:36px;position:fixed;top:0;left:0;z-index:var(--z);color-scheme:light;color:var(--ink);
  font:14px/1.45 system-ui,sans-serif;word-break:break-word;overflow-wrap:anywhere}
.dark{
  --surface:#1B1A18;--sunken:#242320;--line:#33312D;--control:#7D786E;--ink:#ECEAE5;--ink2:#B0ABA1;
  --accent:#8AB4F8;--accent-ink:#0B2447;--me:#1D2A40;--them:#302E2A;--unread:#FF9B6A;--ok:#6CCB91;--err:#FF8A80;
  --shadow:0 0 0 1px #33312D,0 1px 3px #0002,0 8px 32px #0003;color-scheme:dark}
.lc[popover]{right:auto;bottom:auto;width:0;height:0;padding:0;border:0;overflow:visible;background:none}
*,::before,::after{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
button,input,textarea{font:inherit;color:inherit;background:none;border:0;padding:0}
button{display:grid;place-items:center;cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}

.launcher,.panel{position:fixed;inset:auto var(--right,auto) var(--y) var(--left,auto);box-shadow:var(--shadow);pointer-events:auto}
.launcher{width:56px;height:56px;background:var(--head);color:var(--head-ink);border-radius:50%}
.launcher svg{width:26px;height:26px}
.badge{position:absolute;top:-3px;inset-inline-end:-3px;min-width:22px;padding:0 6px;border-radius:11px;background:var(--unread);
  color:var(--surface);font-size:12px;font-weight:650;line-height:22px;outline:2px solid var(--surface)}

.panel{margin-bottom:68px;width:384px;height:min(640px,100vh - 112px);display:flex;flex-direction:column;overflow:hidden;
  border-radius:16px;background:var(--surface);animation:rise .18s cubic-bezier(.2,.8,.2,1)}
.head{display:flex;align-items:center;gap:4px;padding:14px 0;padding-inline:16px 8px;background:var(--head);
  color:var(--head-ink)}
.head div{flex:1;min-width:0}
.head .face{flex:none;width:40px;height:40px;margin-inline-end:8px;display:grid;place-items:center;border-radius:50%;
  background:var(--head-ink);
  color:var(--head);font-size:15px;font-weight:650}
.head :focus-visible{outline-color:currentColor}
.title,.typing{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.typing{color:var(--ink2)}
.title{font-size:16px;font-weight:650;line-height:1.3}
.status{font-size:13px;white-space:pre-line}
[data-status=online]{--dot:currentColor}
.status::before{content:"";display:inline-block;width:9px;height:9px;margin-inline-end:6px;border:2px solid;border-radius:50%;
  background:var(--dot)}
.tool,.send{width:var(--size);height:var(--size);border-radius:10px;color:var(--ink2)}
.tool:hover{background:var(--sunken);color:var(--ink)}
.head .tool{background:none;color:inherit;opacity:.8}
.head .tool:hover{opacity:1}
.peek{position:fixed;inset:auto var(--right,auto) calc(var(--y) + 68px) var(--left,auto);display:flex;align-items:flex-start;
  max-width:min(300px,100vw - 40px);border-radius:16px;background:var(--surface);box-shadow:var(--shadow);pointer-events:auto;
  animation:rise .18s}
.peek :first-child{padding:12px 0;padding-inline:16px 0;font-size:15px;text-align:start;justify-items:start;white-space:pre-line}

.log{flex:1;display:flex;flex-direction:column;gap:3px;padding:16px 20px 8px;
  overflow:hidden auto;overscroll-behavior:contain;overflow-anchor:none}
.log:focus-visible{outline-offset:-3px}
.day{margin:12px 0 10px;font-size:12px;color:var(--ink2);text-align:center}
.day::first-letter{text-transform:uppercase}
.fresh{display:flex;align-items:center;gap:12px;color:var(--unread);font-weight:650}
.log::before,.fresh::before,.fresh::after{content:"";flex:1}
.fresh::before,.fresh::after{border-top:1px solid}
.msg{display:flex;flex-direction:column;align-items:flex-start}
.me{align-items:flex-end}
.bubble{max-width:85%;padding:9px 14px;border-radius:16px;background:var(--them);font-size:15px;white-space:pre-wrap;
  overflow:hidden;overflow:clip}
.me .bubble{background:var(--me)}
.sending .bubble{opacity:.62}
.meta{display:none;unicode-bidi:plaintext;margin:3px 4px 11px;font-size:12px;color:var(--ink2)}
.end .meta{display:block}
.retry{min-height:calc(var(--size) - 12px);color:var(--err);font-weight:650}
a{color:var(--link)}
.typing{padding:0 24px;height:22px;font-size:12px}
.jump{align-self:center;min-height:var(--size);margin:-42px 0 6px;padding:0 14px;z-index:1;border-radius:16px;background:var(--surface);
  color:var(--unread);font-size:13px;font-weight:650;box-shadow:var(--shadow)}

.note{margin:0 24px 8px;font-size:13px;color:var(--ink2)}

.composer{display:flex;align-items:flex-end;gap:4px;margin:2px 12px 12px;padding:3px;border:1px solid var(--control);border-radius:14px}
.composer:focus-within{border-color:var(--link);outline:3px solid var(--me)}
textarea{flex:1;min-width:0;height:var(--size);max-height:124px;padding:calc(var(--size)/2 - 11px) 10px;font-size:15px;resize:none}
textarea:focus{outline:0}
textarea:placeholder-shown{direction:inherit}
.field::placeholder{color:var(--ink2);opacity:1}
.send{background:var(--accent);color:var(--accent-ink)}
.send:disabled{background:var(--sunken);color:var(--ink2);cursor:default}
[dir=rtl] .send{transform:scaleX(-1)}

@media(pointer:coarse){.lc{--size:44px}}
.full .panel{inset:var(--top,0) 0 auto;margin:auto;width:auto;max-width:720px;height:var(--height,100%);border-radius:0;
  box-shadow:0 0 0 200vmax var(--surface);padding:env(safe-area-inset-top) 0 env(safe-area-inset-bottom)}
.full .panel:not([hidden])+.launcher,.inline .close{display:none}
.full .field{font-size:16px}
@media(prefers-reduced-motion){.panel,.peek{animation:none}}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
@media(forced-colors:active){.peek,.panel,.launcher,.bubble,.jump,.send{border:1px solid}}
@media print{.lc{display:none}}
`;

const systemDark = matchMedia('(prefers-color-scheme:dark)');
const small = matchMedia('(max-width:480px),(max-height:420px)'), touch = matchMedia('(pointer:coarse)');

/** The accent and an ink that can be read on it, as declarations. Any CSS colour is taken; what is none leaves ours. */
function accentOf(colour) {
  if (!colour || !CSS.supports('color', colour)) return '';
  const pen = document.createElement('canvas').getContext('2d');
  pen.fillStyle = colour;
  // Most colours come back as #rrggbb; the pixel of any other tells, unless the browser guards its pixels.
  const hex = /^#(..)(..)(..)$/.exec(pen.fillStyle);
  pen.fillRect(0, 0, 1, 1);
  const channels = hex ? [1, 2, 3].map(i => parseInt(hex[i], 16)) : pen.getImageData(0, 0, 1, 1).data;
  const [red, green, blue] = [0, 1, 2].map(i => (channels[i] / 255) ** 2.2);
  const ink = .2126 * red + .7152 * green + .0722 * blue > .179 ? '#000' : '#FFF';
  return `--head:${colour};--head-ink:${ink};--accent:var(--head);--accent-ink:var(--head-ink);--link:var(--ink);--me:rgba(${
    [...channels].slice(0, 3)},.14)`;
}

// 6 Elements

/** @returns {any} An element with these properties; roles and aria- go into attributes, which older browsers do not mirror. */
function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const key in properties)
    if (owns(properties, key))
      if (/^role$|^aria-/.test(key)) element.setAttribute(key, properties[key]); else element[key] = properties[key];
  append(element, children);
  return element;
}
const button = (className, onclick, ...children) => make('button', { type: 'button', className, onclick }, ...children);

function append(element, children) {
  for (const child of children) element.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
}
function fill(element, ...children) {
  element.textContent = '';
  append(element, children);
}
const detach = node => node.parentNode?.removeChild(node);
function write(element, text) { if (element.textContent !== text) element.textContent = text; }
function aria(element, name, value) {
  element.setAttribute('aria-' + name, value);
}

function icon(shape) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS(svg.namespaceURI, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', shape);
  svg.appendChild(path);
  return svg;
}
const CHAT = 'M7 4h10a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z';
const CLOSE = 'm6 6 12 12M18 6 6 18', SEND = 'M5 12h14M13 6l6 6-6 6';
const LOUD = 'M4 9v6h4l4 4V5L8 9zM16 9q2 3 0 6', MUTE = 'M4 9v6h4l4 4V5L8 9zM16 9l5 6m0-6-5 6';

// 7 Store

/** What could not be stored, '' for what could not be removed: it lives as long as the page. */
let memory = { __proto__: null };
const store = {
  get(key) {
    try { return memory[key] ?? localStorage.getItem(KEY + key) ?? undefined; } catch { return undefined; }
  },
  set(key, value = '') {
    memory[key] = value;
    try {
      if (value) localStorage.setItem(KEY + key, value); else localStorage.removeItem(KEY + key);
      delete memory[key];
    } catch { /* blocked or full: memory keeps it */ }
  },
  keys() {
    const keys = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.indexOf(KEY) === 0) keys[keys.length] = key.slice(KEY.length);
      }
    } catch { /* blocked */ }
    return keys;
  },
};

/** Does the work in one tab at a time, where the browser can tell. */
async function alone(name, work) {
  if (!navigator.locks) return work();
  try { return await navigator.locks.request(KEY + name, work); } catch (error) {
    if (error.name !== 'SecurityError') throw error;
    return work();
  }
}

// 8 Server

// Where this script came from. A module has no currentScript: there the stack tells.
const source = current ? current.src : (/https?:\/\/[^\s()]+?(?=:\d+:\d+)/.exec('' + new Error().stack) ?? [''])[0];
const folder = (/^https?:.*\/(?=widget\.js(?:[?#]|$))/.exec(source) ?? [])[0];
// The server that wrote this script put its address in. Without PublicUrl that is what its own request said, which a proxy may have
// changed; the script's own address is the better one then, unless an optimiser has put a copy elsewhere.
const told = location.protocol !== 'https:' ? served.origin : served.origin?.replace(/^http:(?!\/\/(?:localhost|127\.|\[::1))/, 'https:');
const homes = served.public || !folder || folder === told ? [told ?? new URL('.', location.href).href] : [folder, told ?? folder];
let server = homes[0], reached = homes.length < 2;
/** What ends the requests under way, by their number. */
const underWay = { __proto__: null };
let requests = 0;

/** Asks the server, until one was reached each place where it may be. Throws what fetch throws, or `status` and `code` of the answer. */
async function ask(path, request) {
  for (let left = homes.length; ; left--) {
    const home = server;
    try { return await askAt(home, path, request); } catch (error) {
      if (reached || left < 2) throw error;
      if (server === home) server = homes[homes[0] === home ? 1 : 0];
    }
  }
}

async function askAt(home, path, request) {
  const limit = new AbortController(), timer = setTimeout(() => limit.abort(), 15e3), number = ++requests;
  underWay[number] = limit;
  try {
    const response = await fetch(home + path, { ...request, credentials: 'omit', signal: limit.signal });
    const { status } = response;
    let reply = null;
    try { reply = await response.json(); } catch { /* no JSON: nothing to say, or not our server */ }
    if (reply?.error || response.ok && reply) reached = true;
    if (!response.ok) throw { status, code: reply?.error, wait: 1e3 * +response.headers.get('Retry-After') };
    if (!reply && status !== 204) throw { status: 0 };
    return reply;
  } finally {
    clearTimeout(timer);
    delete underWay[number];
  }
}

/** A call of the API; a body is sent as POST, or by the method named. */
async function api(path, body, method = body ? 'POST' : 'GET', bearer = token) {
  // No cache, a service worker's least of all, may answer: it does not know who asks.
  const once = method !== 'GET' ? '' : (path.indexOf('?') < 0 ? '?' : '&') + 'once=' + Math.random();
  try {
    return await ask('support_chat' + path + once, {
      method, cache: 'no-store', body: body && encode(body),
      headers: { ...bearer && { Authorization: 'Bearer ' + bearer }, ...body && { 'Content-Type': 'application/json' } },
    });
  } catch (error) {
    if (error.status) error.token = bearer;
    throw error;
  }
}

// 9 Line

/** What hears events instead of a WebSocket; it is loaded where none gets through. */
let streamOf;

/** The WebSocket: what a close code asks for, when to try again, a stream of events while none gets through, and asking again and again
 * where no stream does, either. */
class Line {
  state = 'idle';
  #socket = null;
  /** When the server said `ready`; 0 while it has not. */
  #readyAt = 0;
  /** Whether it hears a stream, and speaks over HTTP. */
  #streams = false;
  #token; #notBefore = 0; #askedWait = 0; #tries = 0; #quickEnds = 0; #protocolErrors = 0;

  async connect() {
    if (this.#streams && !streamOf) try { ({ streamOf } = await import(server + 'widget.js?stream')); } catch { /* told below */ }
    if (this.#socket || this.state === 'stopped' || Date.now() < this.#notBefore) return;
    if (!timers.poll) this.turn('connecting');
    let socket;
    try {
      socket = this.#socket = this.#streams ? streamOf(server, KEY) : new WebSocket(server.replace('http', 'ws') + 'ws/chat');
    } catch { return this.#closed(1006); }
    socket.onopen = () => socket.send(encode({ action: 'auth', token: this.#token = token, after: transcript.last }));
    socket.onmessage = e => { if (socket === this.#socket) this.#hear(parse(e.data)); };
    socket.onclose = e => { if (socket === this.#socket) this.#closed(e.code); };
    this.#expectAnswer();
  }

  /** Whether it could be sent. */
  send(action, fields) {
    const sends = this.#readyAt && !this.#streams;
    if (sends) this.#socket.send(encode({ action, ...fields }));
    return !!sends;
  }

  wake() {
    if (!this.#socket) this.connect();
    else if (this.send('ping')) this.#expectAnswer();
    if (timers.poll) this.#poll();
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
    if (state === 'stopped') outbox.giveUp();
    render();
  }

  #hear(frame) {
    later('silence', () => this.wake(), 2e4);
    if (frame.type === 'ready') {
      this.#readyAt = Date.now();
      later('poll');
      this.turn('online');
    }
    this.#askedWait = frame.retry_after_ms ?? this.#askedWait;
    hear(frame);
  }

  /** A line that says nothing in time is dead, whatever the browser believes. */
  #expectAnswer() {
    later('silence', () => {
      if (!this.#readyAt) this.#quickEnds = 2;
      this.#closed(this.#readyAt ? 0 : 1006);
    }, 8e3);
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    this.#readyAt = 0;
    later('silence');
    socket?.close();
  }

  #closed(code) {
    const lived = this.#readyAt && Date.now() - this.#readyAt;
    this.#hangUp();
    if (lived > 6e4) this.#tries = this.#protocolErrors = 0;
    this.#quickEnds = code === 1006 && lived < 5e3 ? this.#quickEnds + 1 : 0;
    if (/^(?:1000|1001|4401)$/.test(code) || code === 4409 && document.hidden) this.rest();
    // The third answer that breaks the protocol is no accident any more.
    else if (code === 4403 || /^100[2378]$/.test(code) && ++this.#protocolErrors > 2) this.rest('stopped');
    else this.#retry(code);
    settle(code === 1009 && { code: 'too_large' });
    if (code === 4401) failed({ status: 401, token: this.#token });
  }

  #retry(code) {
    // Jitter, so that not all come back at once.
    const backOff = Math.random() * Math.min(3e4, 500 * 2 ** this.#tries++), blocked = this.#quickEnds > 2;
    const restart = this.#askedWait + Math.random() * 15e3;
    const ordered = { 1012: restart, 1013: 1e4 + backOff, 4409: 3e4 + backOff, 4429: 3e4 + backOff }[code];
    this.#streams = blocked && !this.#streams;
    this.#notBefore = Date.now() + (ordered ?? 0);
    later('retry', () => { this.#notBefore = 0; this.connect(); }, ordered ?? (this.#streams ? 0 : blocked ? 6e4 : backOff));
    if (timers.poll || blocked && !this.#streams || code === 4409) this.#poll();
    else this.turn('connecting');
  }

  async #poll() {
    later('poll', () => this.#poll(), (opened ? 5e3 : 15e3) * (1 + Math.random() / 5));
    if (document.hidden) return;
    const ok = await pull();
    if (timers.poll) this.turn(ok ? 'online' : 'connecting');
  }
}

const line = new Line();

// 10 Transcript

/** What the server has stored of the chat, each message once, in order of seq. */
class Transcript {
  list = [];
  /** The seq above which "New messages" stands; 0 for none. */
  fresh = 0;
  #known = { __proto__: null };
  constructor(id = '', more = false) { this.id = id; this.more = more; }

  /** Takes in messages; returns those that were not known. */
  merge(messages) {
    const news = [];
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i], known = this.#known[message.id];
      if (known) {
        if (known.content !== message.content) attempt(() => forget(message));
        for (const key in message) known[key] = message[key];
      } else {
        this.#known[message.id] = news[news.length] = message;
        this.#insert(message);
      }
    }
    return news;
  }

  #insert(message) {
    const { list } = this;
    let place = list.length;
    for (; place && list[place - 1].seq > message.seq; place--) list[place] = list[place - 1];
    list[place] = message;
  }

  get first() { return this.list[0]?.seq ?? 0; }

  /** The newest seq up to which nothing is missing. */
  get last() {
    let last = this.first;
    for (let i = 0; i < this.list.length; i++) if (this.list[i].seq === last + 1) last++;
    return last;
  }

  get unread() {
    const unread = [];
    for (let i = 0; i < this.list.length; i++)
      if (this.list[i].sender_type === 'admin' && !this.list[i].read_at) unread[unread.length] = this.list[i];
    return unread;
  }

  get spoken() {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].sender_type === 'user') return true;
    return false;
  }

  /** The visitor's first message that nobody has answered. */
  get unanswered() {
    let first;
    for (let i = this.list.length; i-- && this.list[i].sender_type === 'user';) first = this.list[i];
    return first;
  }

  read(by, upTo, at) {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].sender_type !== by && this.list[i].seq <= upTo) this.list[i].read_at ??= at;
  }
}

// 11 Outbox

/** What was typed, oldest first, kept in the browser's storage as well until the server has stored it. */
class Outbox {
  list = [];

  /** Takes in what this page or another tab has stored. */
  load() {
    const keys = store.keys();
    for (let i = 0; i < keys.length; i++) {
      if (keys[i].indexOf('out:')) continue;
      try { this.#put(parse(store.get(keys[i]))); } catch { /* gone meanwhile, or not ours */ }
    }
  }

  add(content, files) {
    const at = Math.max(now(), 1 + (this.list[this.list.length - 1]?.at ?? 0));
    this.keep({ id: at + '-' + Math.random(), content, files, at });
    emit('send', { content });
  }

  /** State: '' waits; 'late' waits and says so; 'failed' only goes when asked to. */
  keep(letter, state = '') {
    this.#put(letter = { ...letter, state });
    store.set('out:' + letter.id, encode(letter));
  }

  #put(letter) {
    const { list } = this;
    let place = 0;
    while (place < list.length && list[place].id !== letter.id) place++;
    for (; place && list[place - 1].at > letter.at; place--) list[place] = list[place - 1];
    list[place] = letter;
  }

  get next() {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].state !== 'failed') return this.list[i];
  }

  /** Acknowledged, or taken back. */
  drop(id) {
    const rest = [];
    for (let i = 0; i < this.list.length; i++) if (this.list[i].id !== id) rest[rest.length] = this.list[i];
    if (rest.length < this.list.length) store.set('out:' + id);
    this.list = rest;
    settle(0, id);
  }

  /** Nothing gets through for now: whatever waits says so. */
  giveUp() {
    for (let i = 0; i < this.list.length; i++) if (!this.list[i].state) this.keep(this.list[i], 'late');
    render();
  }

  retry() {
    for (let i = 0; i < this.list.length; i++) this.keep(this.list[i]);
    connect();
    render();
  }
}

const outbox = new Outbox();
let waiting, sending = false;

/** Ends the wait for an acknowledgement, with the error if it was refused. */
function settle(error, id = waiting?.id) { if (id === waiting?.id) waiting?.done(error); }

async function deliver({ id, content, files = [] }) {
  const attachment_ids = [], body = { content, client_id: id, attachment_ids };
  for (let i = 0; i < files.length; i++) attachment_ids[i] = files[i].id;
  if (!line.send('send_message', body)) return take([await api('/messages', body)]);
  later('unacknowledged', () => line.drop(), 1e4);
  const error = await new Promise(done => waiting = { id, done });
  later('unacknowledged');
  if (error) throw error;
}

/** Sends one after the other, each until it is acknowledged: order holds, and a retry stores nothing twice. */
async function flush() {
  if (sending) return;
  sending = true;
  let trouble;
  try { await deliverAll(); } catch (error) { trouble = error; }
  sending = false;
  if (trouble) failed(trouble);
}

async function deliverAll() {
  for (let letter; token && line.state !== 'stopped' && (letter = outbox.next);)
    try { await deliver(letter); } catch (error) {
      if (!/^(bad|empty|content|too_large|client|forbidden|unknown)/.test(error.code)) throw error;
      outbox.keep(letter, 'failed');
      render();
      attempt(() => announce(word('failed')));
    }
}

// 12 Session

let token = store.get('token'), who, entering = null, connectTries = 0, renewedAt = 0;
/** Tokens whose session has ended: an answer that brings one is out of a cache. */
const endedTokens = { __proto__: null };

async function connect(wanted = token || outbox.next || opened && who?.token) {
  if (line.state === 'stopped') return outbox.giveUp();
  if (!wanted) return;
  try {
    if (line.state === 'idle') line.turn('connecting');
    if (!token || !transcript.id || who) await enter();
    connectTries = 0;
    line.connect();
    flush();
  } catch (error) { failed(error); }
}

const enter = () => entering ??= enterOnce();

async function enterOnce() {
  try {
    await alone('enter', async () => {
      token = store.get('token') ?? token;
      const me = who;
      if (!me?.token) become(await api(''));
      if (me) become(await api('/identify', me));
      who = null;
    });
  } finally { entering = null; }
}

function use(known) {
  line.rest();
  token = known;
  transcript = new Transcript();
  render('old');
  if (token) connect();
}

function failed(error) {
  if (error.told) return;
  error.told = true;
  if (error.status === 401) {
    const known = store.get('token');
    // Signing in ends the old session.
    if (entering || error.token !== token) return connect();
    if (who) who = null;
    else if (known !== token) use(known);
    else if (Date.now() - renewedAt < 6e4) return line.rest('stopped');
    else {
      renewedAt = Date.now();
      endedTokens[token] = true;
      store.set('token');
      use();
    }
    return connect(token || opened || outbox.next);
  }
  if (error.code === 'forbidden') return line.rest('stopped');
  outbox.giveUp();
  later('connect', () => connect(), error.wait || 1e3 + Math.random() * Math.min(3e4, 500 * 2 ** connectTries++));
}

/** Opens the chat of a letter's link. */
async function arrive(key) {
  try {
    const known = await api('/open', { key }, 'POST', '');
    line.rest();
    become(known);
    connect();
  } catch (error) { if (error.status) update({ greeting: word('expired') }); }
}

/** The next person on this computer finds nothing; `elsewhere`: another tab has already seen to it. */
function reset(elsewhere) {
  memory = { __proto__: null };
  if (!elsewhere) {
    const { list } = outbox, keys = store.keys();
    if (token) api('/session', null, 'DELETE').catch(() => {});
    for (let i = 0; i < list.length; i++) outbox.drop(list[i].id);
    for (let i = 0; i < keys.length; i++) store.set(keys[i]);
  }
  if (token) endedTokens[token] = true;
  who = null;
  if (!store.get('draft')) attempt(() => { clear(); withdraw(); });
  attempt(() => extras.clear?.());
  use();
}

// 13 Chat

let rating;
let transcript = new Transcript(), adminOnline = served.admin_online, replyTime = served.reply_time, user, statedAt = 0, typedAt = 0;

/** The server's whole state of the chat becomes ours. */
function become(chat) {
  const { token: given, id, messages, more } = chat;
  if (given ? endedTokens[given] : !token) throw { status: 0 };
  if (given) store.set('token', token = given);
  served.greeting = chat.greeting;
  const other = id !== transcript.id;
  if (other) transcript = new Transcript(id, more);
  user = chat.user;
  rating = chat.rating;
  adminOnline = chat.admin_online;
  replyTime = chat.reply_time ?? NaN;
  statedAt = Date.now();
  serverAhead = Date.parse(chat.now) - statedAt;
  take(messages, other);
  attempt(dress);
}

function hear(frame) {
  adminOnline = frame.admin_online ?? adminOnline;
  const { type, by } = frame;
  switch (type) {
    case 'ready':
      if (Date.now() - statedAt > 5e3) pull(true);
      tellPage();
      break;
    case 'new_message':
    case 'message_updated':
      take([frame.message]);
      break;
    case 'settings':
      learn(frame.settings);
      break;
    case 'rating':
      rating = frame.rating;
      soon();
      break;
    case 'read':
      transcript.read(by, frame.up_to, frame.read_at);
      soon();
      break;
    case 'typing':
      writes(by === 'admin' && (frame.name || word('team')));
      break;
    case 'presence':
      render();
      break;
    case 'error':
      settle({ code: frame.code, wait: frame.retry_after_ms }, frame.client_id);
  }
}

/** Asks what is new, or for the whole state; whether there was an answer. */
async function pull(whole = Date.now() - statedAt > 3e4) {
  try {
    if (whole) become(await api(''));
    else take(await api('/messages?after=' + transcript.last));
    return true;
  } catch (error) {
    // More than messages may change until the server answers again: ask for everything next time.
    statedAt = 0;
    if (error.status === 401) failed(error);
  }
}

/** Takes in messages of the server. `history`: they are no news. */
function take(messages, history) {
  const merged = transcript.merge(messages), news = history ? [] : merged, heard = [];
  for (let i = 0; i < messages.length; i++) outbox.drop(messages[i].client_id);
  for (let i = 0; i < news.length; i++) if (news[i].sender_type === 'admin' && !news[i].read_at) heard[heard.length] = news[i];
  if (history) render('old'); else soon(heard[0] && 'new');
  for (let i = 0; i < heard.length; i++) {
    writes();
    ring(heard[i], opened && !document.hidden);
    if (!opened) attempt(() => announce((heard[i].sender_name || word('team')) + ': ' + textOf(heard[i].content, heard[i].attachments)));
  }
  for (let i = 0; i < news.length; i++) emit('message', news[i]);
  markRead(history);
}

let paging = false;
async function older() {
  const known = transcript;
  if (!known.more || paging) return;
  paging = true;
  try {
    const messages = await api('/messages?before=' + known.first);
    render();
    known.merge(messages);
    known.more = messages[0]?.seq > 1;
    render('old');
  } catch { /* the next look up asks again */ }
  paging = false;
}

/** Sends what was typed, in pieces that the server takes, the files with the first; it is kept before anything is drawn. */
function post(text, files) {
  const most = options.content_length || 1e5;
  do {
    // Never half a character.
    const end = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 || most : most;
    outbox.add(text.slice(0, end), files);
    text = text.slice(end);
    files = undefined;
  } while (text);
  connect();
}

function markRead(back) {
  const { unread } = transcript;
  if (back) transcript.fresh = unread[0]?.seq ?? 0;
  if (!opened || document.hidden || !unread[0]) return;
  const last = unread[unread.length - 1].seq;
  shared('read', last);
  store.set('read', last);
  if (!line.send('mark_read')) api('/mark_read', null, 'PATCH').catch(() => {});
}

function tellPage() {
  attempt(() => line.send('page', { url: location.href, title: document.title, referrer: document.referrer,
    locale: navigator.language, language: words.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone }));
}

/** Somebody looks again, or the network is back. */
function wake() {
  outbox.load();
  if (line.state === 'idle' || !transcript.id) connect(); else line.wake();
  flush();
  markRead(true);
  render();
}

/** What another tab has stored. */
function shared(key, value) {
  if (key === 'token' && value != token) if (value) use(value); else reset(true);
  if (key === 'read') transcript.read('user', value, new Date(now()).toISOString());
  if (key.indexOf('out:') === 0) if (value) outbox.load(); else outbox.drop(key.slice(4));
  if (key === 'mute') attempt(dress); else soon();
}

// 14 Bell

let audio;

/** Rings once over all tabs; one that shows the message takes the turn and is silent. */
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
    } catch { /* no sound here */ }
  });
}

// 15 Panel

/** What only an open panel needs, links and files, is in panel.js, which comes with the first opening. Until then, and without it, the
 * text alone is shown.
 * @type {any} */
let extras = {};
let extrasAsked = 0;

async function enterFirst() { if (!token || !transcript.id) await enter(); }

async function loadExtras() {
  if (extrasAsked < 0) return;
  const url = server + 'widget.js?panel=' + wordsAsked + (extrasAsked ? '&once=' + extrasAsked : '');
  extrasAsked = -1;
  let panelOf;
  try {
    ({ panelOf } = await import(url));
    // A copy of the script on another server answers with itself.
    if (!panelOf) throw url;
  } catch {
    extrasAsked = Date.now();
    return later('panel', () => opened && loadExtras(), reached ? 1e4 : 2e3);
  }
  extras = attempt(() => panelOf({
    make, button, fill, icon, attempt, announce, addStyles, post, lc, panel, field, composer, words: () => words, locale, CLOSE,
    resolve: path => new URL(path, server).href,
    render: () => { attempt(wrote); render(); },
    async upload() {
      await enterFirst();
      return { url: server + 'support_chat/attachments', headers: { Authorization: 'Bearer ' + token } };
    },
    transcript: () => transcript, user: () => user, rating: () => rating, options: () => options, online: () => adminOnline, api,
    async identify(me) {
      await enterFirst();
      become(await api('/identify', me));
    },
    face, title, log: box,
    refused: status => { if (status === 401) failed({ status, token }); },
  })) ?? {};
  // What is shown already is drawn anew, with its links and pictures.
  fill(box);
  nodes = { __proto__: null };
  reason = 'old';
  dress();
}

/** A message that has changed is drawn anew. */
function forget({ id, client_id }) {
  for (const key of [id, client_id]) if (nodes[key]) {
    detach(nodes[key]);
    delete nodes[key];
  }
}

/** Fills in a text with its links, or the text alone where they cannot be found. */
function fillText(element, text) {
  if (!extras.linked || !attempt(() => (fill(element, ...extras.linked(text)), true))) write(element, text);
}

/** What a message says; of files their names. */
function textOf(content, files = []) {
  for (const { name } of files) content += (content && '\n') + name;
  return content;
}

// 16 Log

const box = make('div', { className: 'log', role: 'log', tabIndex: 0, 'aria-relevant': 'additions' });
box.onscroll = () => { if (measure() < 300) older(); };
const jump = button('jump', toEnd);
/** What the log shows, by its key. */
let nodes = { __proto__: null };
let top = 0, atEnd = true;

function toEnd() { atEnd = jump.hidden = true; box.scrollTop = 1e9; }
function restore() { if (atEnd) toEnd(); else box.scrollTop = top; }
const sizes = page.ResizeObserver && new ResizeObserver(restore);
sizes?.observe(box);

/** Where the reader is; also before a change, since scroll events may be late. */
function measure() {
  const { scrollTop, scrollHeight, clientHeight } = box;
  if (!clientHeight) return NaN;
  atEnd = scrollHeight - scrollTop - clientHeight < 100;
  if (atEnd) jump.hidden = true;
  return top = scrollTop;
}

function divider(key, text) {
  const row = nodes[key] ??= make('div', { className: 'day ' + key });
  write(row, text);
  return row;
}

function newBubble(mine, content, files) {
  const bubble = make('div', { className: 'bubble', dir: 'auto' }), shown = files?.[0] && attempt(() => extras.files?.(files));
  fillText(bubble, shown ? content : textOf(content, files));
  attempt(() => extras.size?.(bubble, content));
  bubble.hidden = !bubble.firstChild;
  return make('div', {}, make('span', { className: 'sr' }, word(mine ? 'you' : 'team') + ': '), bubble, shown || '',
    make('div', { className: 'meta' }));
}

/** @param {any} row */
function bubble({ id, mine, content, files, state, label }, place) {
  const row = nodes[id] ??= newBubble(mine, content, files), meta = row.lastChild;
  row.className = 'msg ' + (mine ? 'me ' + state : 'them') + ' ' + place;
  write(meta, label);
  if (state === 'failed' && !meta.firstElementChild) fill(meta, button('retry', () => outbox.retry(), label));
  return row;
}

function storedRow(message) {
  const mine = message.sender_type === 'user', at = Date.parse(message.created_at), state = message.read_at ? 'seen' : 'sent';
  const via = { email: 'via', api: 'app' }[message.via];
  const how = timeOf(at) + (via ? ' · ' + word(via) : '') + (message.edited_at ? ' · ' + word('edited') : '');
  const label = mine ? how + ' · ' + word(state) : (message.sender_name || word('team')) + ' · ' + how;
  return { id: mine && message.client_id || message.id, content: message.content, files: message.attachments, seq: message.seq, mine, at,
    state, label };
}

function waitingRow({ id, content, files, at, state }) {
  return { id, content, files, at, seq: -1, mine: true, state: state ? 'failed' : 'sending',
    label: state ? word('failed') + ' · ' + word('retry') : word('sending') };
}

/** All that the log is to show, in order. */
function elements() {
  const rows = [], all = [], greeting = options.greeting ?? word('greeting');
  for (const message of transcript.list) if (!message.deleted_at) rows.push(storedRow(message));
  for (const letter of outbox.list) rows.push(waitingRow(letter));
  let today;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i], next = rows[i + 1];
    if (today !== (today = noonOf(row.at))) all.push(divider(today, dayName(today)));
    if (transcript.fresh && row.seq === transcript.fresh) all.push(divider('fresh', word('jump')));
    all.push(bubble(row, next?.label === row.label && noonOf(next.at) === today ? '' : 'end'));
  }
  // Behind the first day.
  if (greeting && !transcript.more) all.splice(1, 0, bubble({ id: '0' + greeting, content: greeting, label: word('team') }, 'end'));
  return all;
}

/** @param {'own'|'new'|'old'} [why] */
function draw(why) {
  const { scrollHeight } = box, before = nodes;
  measure();
  if (why === 'old') aria(box, 'busy', true);
  const all = elements(), shown = new Set(all);
  for (const key in before) if (!shown.has(before[key])) {
    detach(before[key]);
    delete nodes[key];
  }
  let place = box.firstChild;
  for (const row of all) if (row === place) place = row.nextSibling; else box.insertBefore(row, place);
  if (why === 'own' || atEnd) toEnd();
  else if (why === 'new') jump.hidden = false;
  else if (why === 'old') box.scrollTop = top += box.scrollHeight - scrollHeight;
  if (why === 'old') later('busy', () => aria(box, 'busy', false), 50);
}

// 17 Composer

const field = make('textarea', { className: 'field write', dir: 'auto', rows: 1, enterKeyHint: touch.matches ? 'enter' : 'send' });
field.value = store.get('draft') ?? '';
field.oninput = () => {
  wrote();
  if (field.value && Date.now() - typedAt > 3e3 && line.send('typing')) typedAt = Date.now();
};
field.onkeydown = e => {
  // 229: Enter in an input method. On a phone Enter begins a new line.
  if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229 && !touch.matches) submit(e);
};
const send = make('button', { className: 'send' }, icon(SEND));
const composer = make('form', { className: 'composer', onsubmit: submit }, field, send);
const focus = () => field.focus({ preventScroll: true });

function wrote() {
  const { style, value } = field;
  store.set('draft', value);
  style.height = 'auto';
  style.height = field.scrollHeight + 'px';
  send.disabled = !isVisible(value) && !extras.chosen?.();
}

function clear() {
  field.value = '';
  wrote();
}

function submit(e) {
  e.preventDefault();
  const typed = field.value.trim(), text = isVisible(typed) ? typed : '', files = attempt(() => extras.take?.());
  if (text || files?.[0]) {
    post(text, files);
    attempt(clear);
    render('own');
  }
  attempt(focus);
}

// 18 Offer

/** @type {any} */ const mail = make('input', { className: 'field address', type: 'email', required: true, autocomplete: 'email' });
mail.oninput = () => mail.setCustomValidity('');
const question = button('ask', edit);
const save = make('button', { className: 'tool save' }, icon(SEND));
const skip = button('tool skip', () => {
  if (user.email) return cancel();
  store.set('email', '1');
  withdraw();
  focus();
}, icon(CLOSE));
const offer = make('form', { className: 'offer', onsubmit: leaveAddress }, question, mail, save, skip);
let editing = false;

/** Whoever has waited a minute, or finds nobody there, is asked for an address or told the one we write to. What has the focus stays. */
function invite() {
  const { email, verified } = user ?? {}, wait = Date.parse(transcript.unanswered?.created_at) + 6e4 - now();
  later('offer', wait > 0 && invite, wait);
  const waits = /never|before/.test(options.ask) ? 0 : adminOnline && options.ask !== 'after' ? wait <= 0 : transcript.spoken;
  offer.hidden = !editing && (!user || !email && store.get('email') || !waits && !offer.contains(shadow.activeElement));
  mail.hidden = save.hidden = !editing;
  question.hidden = editing;
  question.disabled = verified;
  skip.hidden = !editing && email;
  write(question, email ? word('emailed', email) + (verified ? '' : ' · ' + word('change')) : word('email'));
}

function edit() {
  editing = true;
  mail.value = user.email ?? '';
  invite();
  mail.focus();
}

function withdraw() {
  editing = false;
  invite();
}

function cancel() {
  withdraw();
  question.focus();
}

async function leaveAddress(e) {
  e.preventDefault();
  try {
    become(await api('/identify', { email: mail.value }));
    withdraw();
    announce(word('emailed', user.email));
    focus();
  } catch (error) {
    mail.setCustomValidity(word(error.status === 400 ? 'wrong' : 'failed'));
    mail.reportValidity();
  }
}

// 19 View

let opened = false, drawn = false, shown = true, unread = 0, focusedBefore, reason;

const title = make(inline ? 'h1' : 'h2', { className: 'title' });
const status = make('p', { className: 'status', role: 'status' });
const mute = button('tool mute', () => {
  store.set('mute', store.get('mute') ? '' : '1');
  dress();
});
const closer = button('tool close', close, icon(CLOSE));
const typing = make('div', { className: 'typing' });
const note = make('div', { className: 'note', dir: 'auto' });
const face = make('span', { className: 'face', 'aria-hidden': true });
const peekText = button('', () => open());
const peekClose = button('tool', () => { sessionStore('1'); peeked = unread || 1; showPeek(); }, icon(CLOSE));
const peek = make('div', { className: 'peek', hidden: true }, peekText, peekClose);
const panel = make('section', { className: 'panel', role: inline ? 'main' : 'dialog', tabIndex: -1 },
  make('div', { className: 'head' }, face, make('div', {}, title, status), mute, closer), box, jump, typing, note, offer, composer);
const badge = make('span', { className: 'badge', 'aria-hidden': true });
const launcher = button('launcher', toggle);
launcher.setAttribute('aria-haspopup', 'dialog');
const announcer = make('div', { className: 'sr', 'aria-live': 'polite' });
const lc = make('div', {}, panel, launcher, peek, announcer);
lc.onkeydown = e => {
  if (e.key !== 'Escape' || e.isComposing || !opened || inline && !editing || extras.viewing?.()) return;
  // Not also the page's dialog.
  e.preventDefault();
  if (editing) cancel(); else close();
};
const announce = text => { announcer.textContent = text; };

function writes(name) {
  attempt(() => write(typing, name ? word('typing', name) : ''));
  later('typing', name && (() => writes()), 5e3);
}

/** The rule whose greeting is shown, and how many unread messages the visitor has waved away. */
let greeted, peeked = 0;

/** Whether this tab has seen enough greetings: it remembers, no other does. */
function sessionStore(value) {
  try { return value ? sessionStorage.setItem(KEY + 'greeted', value) : sessionStorage.getItem(KEY + 'greeted'); } catch { return greeted; }
}

/** The first rule that fits this page greets whoever has not written, once a page load. */
function planGreeting() {
  if (token || greeted || sessionStore()) return;
  const path = (location.pathname + location.search).toLowerCase();
  for (const rule of options.greetings ?? []) if (path.indexOf(rule.part.toLowerCase()) >= 0)
    return later('greet', () => {
      if (opened || token) return;
      greeted = rule.text;
      wishes.greeting ??= greeted;
      showPeek();
    }, 1e3 * rule.seconds);
}

/** Beside the launcher: the first words of an unread reply, or a greeting. */
function showPeek() {
  const news = transcript.unread, { content = '', attachments } = news[news.length - 1] ?? {};
  const text = news.length > peeked ? textOf(content, attachments) : !token && !sessionStore() && greeted;
  peek.hidden = !text || opened || launcher.hidden;
  if (text) write(peekText, text.length > 120 ? text.slice(0, 119) + '…' : text);
}

/** A burst is drawn once, and counted at once: a hidden tab's timers are late. */
function soon(why) {
  reason ??= why;
  if (!timers.soon) later('soon', () => render(), 30);
  attempt(count);
}

/** Draws what has changed. No part of it keeps another from being drawn, nor what follows from being done. */
function render(why = reason) {
  later('soon');
  reason = null;
  attempt(() => { note.hidden = !options.consent || transcript.spoken || outbox.list[0]; });
  attempt(invite);
  // A visitor who never opens the chat pays for no drawing; all that is there when it is opened is old.
  if (opened || drawn) attempt(() => draw(drawn ? why : 'old'));
  drawn ||= opened;
  attempt(count);
  attempt(showStatus);
  // Last, because it may put something else in the place of the composer.
  attempt(() => extras.render?.());
}

function showStatus() {
  const { state } = line, down = state === 'connecting' || state === 'online' && !navigator.onLine;
  if (!down) later('offline');
  composer.hidden = state === 'stopped';
  if (state === 'stopped') tell(state);
  else if (!down && adminOnline) tell('online', word('online') + usually());
  else if (!down) tell('away', awayText());
  else if (!timers.offline) {
    later('offline', () => tell('offline'), 5e3);
    tell('connecting', transcript.id ? '' : undefined);
  }
}

function tell(state, text = word(state)) {
  const { dataset } = lc;
  if (text) write(status, text);
  if (state !== dataset.status) emit('status', dataset.status = state);
}

function update(changes) { Object.assign(wishes, changes); dress(); }

function dress() {
  options = { zIndex: 2147483000, offsetX: 20, offsetY: 20, ...served, ...wishes };
  speak();
  attempt(paint);
  attempt(place);
  attempt(label);
  aria(mute, 'pressed', !!store.get('mute'));
  fill(mute, icon(store.get('mute') ? MUTE : LOUD));
  fill(launcher, icon(opened ? CLOSE : CHAT), badge);
  aria(launcher, 'expanded', opened);
  panel.hidden = !opened;
  fillText(note, options.consent ?? '');
  attempt(fit);
  render();
}

function paint() {
  const { position, color, theme, zIndex, offsetX, offsetY } = options;
  const dark = /dark/.test(theme) || systemDark.matches && !/light/.test(theme);
  lc.className = 'lc' + (dark ? ' dark' : '') + (inline ? ' inline' : '');
  const side = /left/.exec(position) ?? 'right';
  lc.style.cssText = `--z:${zIndex};--y:${parseInt(offsetY)}px;--${side}:${parseInt(offsetX)}px;` + (attempt(() => accentOf(color)) ?? '');
}

function label() {
  host.lang = words.language;
  host.dir = lc.dir = /ar|he/.test(words.language) ? 'rtl' : 'ltr';
  title.textContent = options.title || 'Chat';
  face.textContent = /[\p{L}\p{N}]/u.exec(title.textContent) ?? '';
  aria(peekClose, 'label', word('close'));
  aria(panel, 'label', title.textContent);
  const labels = { __proto__: null, log: box, mute, close: closer, send, save, skip, write: field, address: mail };
  for (const key in labels) {
    aria(labels[key], 'label', word(key));
    labels[key].placeholder = word(key);
  }
  write(jump, word('jump'));
}

function count() {
  const n = transcript.unread.length;
  if (n !== unread) emit('unread', unread = n);
  write(badge, n > 9 ? '9+' : '' + n);
  badge.hidden = !n || opened;
  aria(launcher, 'label', opened ? word('close') : word('open') + (n ? ` – ${word('jump')}: ${n}` : ''));
  if (!n) peeked = 0;
  launcher.hidden = !shown || isYes(options.hideLauncher) || isYes(options.hideWhenAway) && !adminOnline && !token;
  showPeek();
  flash(n);
}

function open(focused = true) {
  if (opened) return;
  opened = true;
  if (greeted) sessionStore('1');
  focusedBefore = document.activeElement;
  attempt(settleHost);
  attempt(dress);
  loadExtras();
  attempt(wrote);
  attempt(toEnd);
  if (focused) attempt(touch.matches ? () => panel.focus() : focus);
  wake();
  emit('open');
}

function toggle() { if (opened) close(); else open(); }

function close() {
  if (!opened || inline) return;
  const inside = shadow.activeElement;
  opened = false;
  attempt(dress);
  if (inside) (launcher.hidden ? focusedBefore : launcher)?.focus({ preventScroll: true });
  emit('close');
}

/** Full screen on a phone, above its keyboard: only the visual viewport knows where that is. */
function fit() {
  const covers = opened && small.matches && !inline, seen = page.visualViewport;
  lc.classList.toggle('full', inline || small.matches);
  panel.style.cssText = seen?.scale < 1.02 ? `--top:${seen.offsetTop}px;--height:${seen.height}px` : '';
  if (!inline) aria(panel, 'modal', covers);
  cover(covers);
}

// 20 Page

const host = make('lean-chat');
const shadow = host.attachShadow({ mode: 'open' });
addStyles(STYLES);
shadow.appendChild(lc);

function addStyles(css) {
  if (!attempt(() => adopt(css))) shadow.appendChild(make('style', { nonce: tag?.nonce ?? '', textContent: css }));
}

/** Whether it could: a style sheet that is adopted needs no leave of the page's content security policy. */
function adopt(css) {
  if (!('adoptedStyleSheets' in shadow && 'replaceSync' in CSSStyleSheet.prototype)) return false;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  return true;
}

// React 18 that takes over a whole document throws it away, and what was typed into it, if it meets an element below <html> that it
// does not know. While it looks, which its marks on the nodes tell, the host passes for something that React steps over.
const bearsMark = (node, mark) => Object.keys(node).some(key => key.startsWith(mark));
const beingHydrated = () => bearsMark(document, '__reactContainer') && !bearsMark(document.documentElement, '__reactFiber');
Object.defineProperty(host, 'nodeType', { get: () => beingHydrated() ? Node.PROCESSING_INSTRUCTION_NODE : Node.ELEMENT_NODE });
// Shortcuts of the page ask the element that has the focus whether somebody is writing; of ours they see the host alone.
Object.defineProperty(host, 'isContentEditable', { get: () => /^(textarea|input)$/.test(shadow.activeElement?.localName) });

/** What of ours has the focus, or had it when it was taken out of the page. */
let focusedInside = null;
on(shadow, 'focusin', e => { focusedInside = e.target; });
let topDialog = null;
function isModal(dialog) {
  if (!dialog?.isConnected || !dialog.open) return false;
  try { return dialog.matches(':modal'); } catch { return true; }
}

/** The modal dialog that makes everything outside it inert, wherever it is. */
function modalDialog() {
  if (isModal(topDialog)) return topDialog;
  const all = document.querySelectorAll('dialog[open]');
  for (let i = all.length; i--;) if (isModal(all[i])) return topDialog = all[i];
  return topDialog = null;
}

/** Puts the host where it can be seen and used, and the page right, whichever body is there by now. */
function settleHost() {
  if (ended.signal.aborted) return;
  const { documentElement: root, body } = document, dialog = modalDialog(), home = dialog ?? root;
  // Asked before anything is added: the style of the page is known by then, and need not be reckoned anew for us.
  const caught = catchesFixed(getComputedStyle(home));
  if (host.parentNode !== home) {
    // A dialog that was removed has taken the focus along, and nobody else has got it.
    const focused = shadow.activeElement ?? (document.activeElement === body && focusedInside);
    home.appendChild(host);
    if (opened) restore();
    if (focused) focused.focus({ preventScroll: true });
  }
  attempt(() => place(caught));
  attempt(fit);
  // Afterwards, so that our own changes do not call us again.
  watch.disconnect();
  watch.observe(document, { childList: true });
  watch.observe(root, { childList: true, attributes: true, attributeFilter: ['class', 'style'] });
  if (body) watch.observe(body, { attributes: true, attributeFilter: ['inert'] });
  if (!dialog) return;
  watch.observe(dialog, { attributes: true, attributeFilter: ['open'] });
  watch.observe(dialog.getRootNode(), { childList: true, subtree: true });
}
const settleSoon = () => later('settle', settleHost, 0);
const watch = new MutationObserver(settleSoon);
const dialogs = new MutationObserver(changes => {
  for (let i = 0; i < changes.length; i++) if (isModal(changes[i].target)) topDialog = changes[i].target;
  settleSoon();
});

/** Whether what is fixed inside an element of this style stands relative to it, not to the window. */
const catchesFixed = style => ['transform', 'translate', 'rotate', 'scale', 'perspective', 'filter', 'backdropFilter']
  .some(name => (style[name] ?? 'none') !== 'none' || style.willChange.indexOf(name) >= 0)
  || /paint|layout|strict|content/.test(style.contain);

/** Where the page would catch the chat, the top layer holds it; elsewhere not, since it would cover the page's consent banner. */
function place(caught = host.isConnected && catchesFixed(getComputedStyle(host.parentNode))) {
  if (!lc.showPopover) return shift(caught);
  if (!caught) return lc.removeAttribute('popover');
  lc.setAttribute('popover', 'manual');
  if (!lc.matches(':popover-open')) lc.showPopover();
}

/** The same for browsers without a top layer of our own: a box as large as the window, moved to where the window is. */
let shifted = false;
function shift(caught) {
  const { style } = lc;
  shifted = caught;
  style.transform = style.width = style.height = style.pointerEvents = '';
  if (!caught) return;
  const { left, top } = lc.getBoundingClientRect();
  style.width = document.documentElement.clientWidth + 'px';
  style.height = page.innerHeight + 'px';
  style.pointerEvents = 'none';
  style.transform = `translate(${-left}px,${-top}px)`;
}

// The value of `inert` tells ours: copies of the page that a framework keeps may bear it, and are put right when they are shown.
const OURS = 'leanchat';
let covered = null;

/** Keeps the page still and out of reach while the panel covers it. The page's own `inert` and `overflow` stay its own. */
function cover(on) {
  const { documentElement: { style }, body } = document, hides = on && host.parentNode === document.documentElement;
  for (const each of [covered, body])
    if (each?.getAttribute('inert') === OURS && !(hides && each === body)) each.removeAttribute('inert');
  if (hides && body && !body.hasAttribute('inert')) body.setAttribute('inert', OURS);
  covered = hides ? body : null;
  if (on === (pageOverflow !== null)) return;
  if (on) {
    pageOverflow = style.overflow;
    style.overflow = 'hidden';
  } else {
    if (style.overflow === 'hidden') style.overflow = pageOverflow;
    pageOverflow = null;
    if (!style.length) document.documentElement.removeAttribute('style');
  }
}
let pageOverflow = null;

let flashing, pageTitle;
/** Tells in the title of a hidden tab that somebody has written. */
function flash(unread) {
  const calls = unread && document.hidden;
  if (document.title === flashing) document.title = pageTitle;
  else if (calls) {
    pageTitle = document.title;
    document.title = flashing = '(' + unread + ') ' + word('jump');
  }
  later('title', calls && (() => flash(unread)), 1500);
}

/** Before the page is copied or left: nothing of ours is to be in the copy. */
function leavePage() {
  cover(false);
  flash(0);
  later('settle', settleHost, 100);
}

/** What happens in the chat is handled before the page's listeners hear of it, and they do not hear of it: no shortcut eats a letter,
 * no focus trap takes the field away. */
function guard(e) {
  const path = e.composedPath();
  let ours = 0;
  while (ours < path.length && path[ours] !== host) ours++;
  if (ours === path.length) return watchFocus(e, path);
  e.stopImmediatePropagation();
  if (e.type === 'focusin') focusedInside = path[0];
  if (e.type === 'focusout' && e.relatedTarget) focusedInside = null;
  if (e.type === 'keydown' && e.defaultPrevented) typeAnyway(e, path[0]);
  for (let i = 0; i < ours; i++) path[i]['on' + e.type]?.(e);
}

/** A dialog's focus trap is not to see that the focus leaves for us. A modal dialog in a shadow tree shows by the focus alone. */
function watchFocus(e, path) {
  if (/out|blur/.test(e.type)) {
    const trap = e.relatedTarget === host && path[0].closest?.('dialog,[role=dialog],[role=alertdialog],[aria-modal]');
    if (trap) e.stopImmediatePropagation();
  } else if (e.type === 'focusin')
    for (let i = 0; i < path.length; i++) if (path[i].localName === 'dialog' && isModal(path[i]) && path[i] !== topDialog) {
      topDialog = path[i];
      return settleSoon();
    }
}

/** A listener of the page was there before us and has taken the letter for a shortcut. */
function typeAnyway({ key, ctrlKey, metaKey, isComposing }, target) {
  if (key.length !== 1 || ctrlKey || metaKey || isComposing || !/^(textarea|input)$/.test(target.localName)) return;
  if (target.type === 'email') target.value += key;
  else target.setRangeText(key, target.selectionStart, target.selectionEnd, 'end');
  target.oninput();
  if (shadow.activeElement !== target) target.focus({ preventScroll: true });
}

function remove() {
  opened = false;
  fit();
  flash(0);
  sizes?.disconnect();
  watch.disconnect();
  dialogs.disconnect();
  line.rest('stopped');
  settle();
  audio?.close();
  for (const number in underWay) underWay[number].abort();
  for (const name in timers) later(name);
  detach(host);
}

// 21 LeanChat

function mount() {
  let ready = false;

  calls = {
    open, close, toggle, show: () => { shown = true; count(); }, hide: () => { shown = false; count(); }, update,
    identify: me => { who = me; connect(); }, reset: () => reset(),
    on(name, listener) {
      const hears = e => listener(e.detail);
      if (name === 'ready' && ready) listener();
      on(document, KEY + name, hears);
      return () => document.removeEventListener(KEY + name, hears);
    },
    destroy: () => { ended.abort(); remove(); delete page.LeanChat; },
  };
  Object.assign(LeanChat, calls);

  attempt(dress);
  settleHost();
  dialogs.observe(document, { subtree: true, attributes: true, attributeFilter: ['open'] });

  function follow() {
    const [, name, key] = /^#(leanchat|key)(?:=(.+))?$/.exec(location.hash) ?? [];
    if (!name || name === 'key' && !inline) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    open();
    if (key) arrive(key);
  }
  function back() { attempt(count); if (ready && !document.hidden) wake(); }

  on(page, 'keydown keyup keypress beforeinput input paste copy cut focusin focusout blur', guard, { capture: true });
  on(page, 'click dblclick mousedown mouseup pointerdown pointerup', guard, { capture: true });
  on(page, 'touchstart touchmove touchend wheel', guard, { capture: true, passive: true });
  on(document, 'visibilitychange resume', back);
  on(document, 'turbo:before-cache turbolinks:before-cache htmx:beforeHistorySave', leavePage);
  on(page, 'online pageshow', back);
  on(page, 'offline', () => render());
  on(page, 'pagehide', () => { flash(0); line.rest(); });
  on(page, 'storage', e => shared(e.key?.split(KEY)[1] ?? '', e.newValue));
  on(page, 'hashchange', follow);
  on(page, 'load resize', settleSoon);
  on(page, 'scroll', () => { if (shifted) place(); }, { passive: true });
  on(page.navigation, 'navigatesuccess', () => { tellPage(); planGreeting(); });
  on(page.visualViewport, 'resize scroll', () => attempt(fit));
  on(small, 'change', () => attempt(fit));
  on(systemDark, 'change', () => attempt(dress));
  on(document, 'click', e => {
    if (!e.target.closest?.('[data-leanchat-open],[href$="#leanchat"]')) return;
    e.preventDefault();
    open();
  });

  for (let i = 0; i < calledBefore.length; i++) LeanChat.apply(null, calledBefore[i]);
  if (inline || isYes(options.open)) open(inline && page.top === page);
  follow();
  emit('ready');
  function start() {
    later('mount', () => { ready = true; back(); }, 200);
    planGreeting();
    // A copy out of the browser's cache may be old: a change is asked for.
    if (attempt(() => performance.getEntriesByName(source)[0]?.transferSize === 0))
      ask('widget.js?settings', { cache: 'no-cache' }).then(learn, () => {});
  }
  if (document.readyState === 'complete') start(); else on(page, 'load', start);
}

if (document.readyState === 'loading') on(document, 'DOMContentLoaded', mount); else mount();
})();
