// @ts-check
// A WebSocket that reconnects by itself.
import { BASE } from './api.js';
import { seen } from './screen.js';

// A connection that has been silent for 38 s is broken. This is checked every 5 s; a server that was silent for 20 s is pinged.
const BROKEN_AFTER = 38e3;

/** A frame; without a type where it is none. */
function parsed(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

/** How long a close code asks to wait, in ms; 0 where it does not say. */
function askedDelay(code, pause) {
  if (code === 4409 || code === 4429) return 30e3;
  if (code === 1012) return (pause || 1000) * (1 + Math.random());
  return code === 1013 ? 10e3 * (1 + Math.random()) : 0;
}

/**
 * A WebSocket that is opened again when it closes, also after 1000 and 1001: a dashboard hears of nothing without it. For all other close
 * codes it does what docs/protocol.md says.
 */
export class Socket {
  #path;
  #on;
  #ws = null;
  #wanted = false;
  #failed = { inAll: 0, quick: 0, wrong: 0 };
  #timer = 0;
  #beat = 0;
  #heard = 0;
  #pinged = 0;
  #opened = 0;
  #pause = 0;
  #polling = 0;
  live = false;

  /** on: up(), down(), frame(frame), poll() → did HTTP answer, end(code) */
  constructor(path, on) {
    this.#path = path;
    this.#on = on;
  }

  open() {
    this.#wanted = true;
    this.#connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#stopPolling();
    this.#release();
  }

  send(frame) {
    if (this.live) this.#ws.send(JSON.stringify(frame));
    return this.live;
  }

  /** Timers are late after sleep, so everything is checked now. */
  wake() {
    if (!this.#wanted) return;
    if (!this.#ws) this.#connect();
    else if (this.#ws.readyState === 1) {
      if (performance.now() - this.#heard > BROKEN_AFTER) return this.again();
      const ws = this.#ws;
      const before = this.#heard;
      this.#ping();
      setTimeout(() => {
        if (ws === this.#ws && this.#heard === before) this.again();
      }, 5000);
    }
  }

  again() {
    if (!this.#wanted) return;
    this.#release();
    this.#connect();
  }

  #release() {
    const was = this.live;
    this.#ws?.close(1000);
    this.#ws = null;
    this.live = false;
    clearInterval(this.#beat);
    if (was) this.#on.down?.();
  }

  #connect() {
    clearTimeout(this.#timer);
    if (this.#ws) return;
    const ws = (this.#ws = new WebSocket(location.origin.replace(/^http/, 'ws') + BASE + this.#path()));
    const mine = run => event => {
      if (ws === this.#ws) run(event);
    };
    const giveUp = setTimeout(
      mine(() => {
        this.#release();
        this.#closed(1006);
      }),
      10e3,
    );
    this.#opened = 0;
    ws.onopen = mine(() => {
      clearTimeout(giveUp);
      this.#stopPolling();
      this.#opened = this.#heard = this.#pinged = performance.now();
      this.live = true;
      this.#beat = setInterval(() => this.#check(), 5000);
      this.#on.up();
    });
    ws.onmessage = mine(({ data }) => {
      this.#heard = performance.now();
      const frame = parsed(data);
      if (frame.type === 'going_away') this.#pause = frame.retry_after_ms ?? 1000;
      else if (frame.type && frame.type !== 'pong') this.#on.frame(frame);
    });
    ws.onclose = mine(({ code }) => {
      clearTimeout(giveUp);
      this.#release();
      this.#closed(code);
    });
  }

  #stopPolling() {
    clearInterval(this.#polling);
    this.#polling = 0;
  }

  #ping() {
    this.#pinged = performance.now();
    if (this.#ws?.readyState === 1) this.#ws.send('{"action":"ping"}');
  }

  #check() {
    const now = performance.now();
    if (now - this.#opened > 60e3) this.#failed = { inAll: 0, quick: 0, wrong: 0 };
    if (now - this.#heard >= BROKEN_AFTER) this.again();
    else if (now - this.#pinged >= 20e3) this.#ping();
  }

  async #closed(code) {
    if (!this.#wanted) return;
    const lived = this.#opened && performance.now() - this.#opened;
    const pause = this.#pause;
    this.#pause = 0;
    if (code === 4401 || code === 4403 || ([1002, 1003, 1007, 1008].includes(code) && ++this.#failed.wrong >= 3)) {
      this.#wanted = false;
      return this.#on.end(code);
    }
    // Too many tabs are open, and nobody sees this one. `wake` opens the socket again.
    if (code === 4409 && !seen()) return;
    const asked = askedDelay(code, pause);
    if (asked) return this.#connectIn(asked);
    // Three quick ones while HTTP works: something forbids WebSockets.
    if (code === 1006 && lived < 5000 && (this.#polling || ++this.#failed.quick >= 3)) {
      const answered = await this.#on.poll();
      if (!this.#wanted || this.#ws) return;
      if (answered) {
        this.#polling ||= setInterval(() => seen() && this.#on.poll(), 5000);
        return this.#connectIn(60e3);
      }
    }
    this.#connectIn(pause + Math.random() * Math.min(30e3, 500 * 2 ** this.#failed.inAll++));
  }

  #connectIn(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), ms);
  }
}
