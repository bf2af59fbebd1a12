// @ts-check
// Settings, numbers and first steps: a script of their own, which comes when one of them is first opened.
import { BASE } from './api.js';
import { app } from './app.js';
import { $ } from './dom.js';
import { t } from './language.js';

export class OnDemand {
  #coming = /** @type {Promise<any> | null} */ (null);
  #failed = 0;

  constructor() {
    $('#set-b').onclick = () => this.open('settings');
    $('#num-b').onclick = () => this.open('numbers');
  }

  /** @param {'settings' | 'numbers' | 'firstDay'} name */
  async open(name, ...how) {
    try {
      Object.assign(app, await (this.#coming ??= this.#load()));
    } catch {
      this.#coming = null;
      this.#failed++;
      app.toast.show(t('This can’t be opened without a connection. Try again, or reload the page.'));
      return;
    }
    app[name].open(...how);
  }

  /** The server fills in the marks. A failed import is remembered by its address, so a retry needs another one. */
  async #load() {
    const address = `${BASE}/admin?part=/*<version>*//*</version>*/${this.#failed ? `&again=${this.#failed}` : ''}`;
    const { load } = await import(address);
    return load(/*<shared>*/ {} /*</shared>*/);
  }
}
