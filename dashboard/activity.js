// @ts-check
// Whether somebody uses this dashboard: it is in sight, and a key, a pointer or a touch was felt within five minutes.
import { seen } from './screen.js';

export class Activity {
  static IDLE = 5 * 60e3;
  #tell;
  #told = false;
  #usedAt = performance.now();

  /** @param {(visible: boolean) => void} tell is called with every change */
  constructor(tell) {
    this.#tell = tell;
    for (const sign of ['keydown', 'pointerdown', 'pointermove', 'touchstart', 'wheel'])
      addEventListener(sign, () => this.#used(), { capture: true, passive: true });
    document.addEventListener('visibilitychange', () => (seen() ? this.#used() : this.#check()));
    setInterval(() => this.#check(), 10e3);
  }

  /** A new connection knows nothing yet. */
  repeat() {
    this.#told = false;
    this.#check();
  }

  #used() {
    this.#usedAt = performance.now();
    this.#check();
  }

  #check() {
    const visible = seen() && performance.now() - this.#usedAt < Activity.IDLE;
    if (visible === this.#told) return;
    this.#told = visible;
    this.#tell(visible);
  }
}
