// @ts-check
// Notifications on this device: the service worker, the subscription, the list of devices.
import { app } from './app.js';
import { BASE } from './api.js';
import { t } from './language.js';
import { permission } from './screen.js';
import { device } from './text.js';

/** A page may only name a script's address through a policy. */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy('leanchat-worker', { createScriptURL: address => address });

const asBytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), sign => sign.charCodeAt(0));

export class Push {
  /** Whether this browser can be notified while no dashboard is open. */
  supported = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  /** iPhones and iPads notify only what was put on the home screen. */
  needsHomeScreen =
    !this.supported && /iPhone|iPad|Mac OS X.*Mobile/.test(navigator.userAgent) && !(/** @type {any} */ (navigator).standalone);
  /** Whether this device is registered. */
  on = false;
  #started = false;

  constructor() {
    if (!this.supported) return;
    navigator.serviceWorker.addEventListener('message', event => {
      if (event.data.open) app.router.go(event.data.open);
    });
  }

  /** Who has allowed notifications gets them on: the subscription may be new, or belong to a session that has ended. */
  async start() {
    if (!this.supported || permission() !== 'granted' || this.#started) return;
    this.#started = true;
    try {
      if (await (await this.#registration()).pushManager.getSubscription()) await this.turnOn();
    } catch {
      this.#started = false; // The next sign-in tries again.
    }
  }

  /** Asks for leave and registers this device. Throws what went wrong, in words. */
  async turnOn() {
    const answer = await Notification.requestPermission();
    if (answer !== 'granted') throw new Error(t('Your browser has not allowed notifications for this page.'));
    const { public_key } = await app.api.push();
    const { pushManager } = await this.#registration();
    const options = { userVisibleOnly: true, applicationServerKey: asBytes(public_key) };
    const subscription = await pushManager.subscribe(options).catch(async () => {
      // It was made with another key: this server was moved without it.
      await (await pushManager.getSubscription())?.unsubscribe();
      return pushManager.subscribe(options);
    });
    await app.api.addDevice({ ...subscription.toJSON(), name: device(navigator.userAgent) || t('This device') });
    this.on = true;
  }

  /** What was looked at needs no notification any more. */
  async close(chatId) {
    if (!this.supported || permission() !== 'granted') return;
    const registration = await navigator.serviceWorker.getRegistration(`${BASE}/admin`);
    for (const note of (await registration?.getNotifications()) ?? []) if (note.data?.chat_id === chatId) note.close();
  }

  async #registration() {
    const address = `${BASE}/admin/worker.js`;
    await navigator.serviceWorker.register(policy?.createScriptURL(address) ?? address, { scope: `${BASE}/admin` });
    return navigator.serviceWorker.ready;
  }
}
