// @ts-check
// The dashboard's service worker: shows notifications, sets the badge, opens the chat on a click. It keeps no page and answers no request.

const worker = /** @type {any} */ (self);

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('push', event => event.waitUntil(show(event.data.json())));
worker.addEventListener('notificationclick', event => event.waitUntil(open(event.notification)));

async function show({ chat_id, title, body, waiting, waiting_chats, tag, url }) {
  await closeStale(tag, waiting_chats);
  await worker.registration.showNotification(waiting > 1 ? `${title} (${waiting})` : title, {
    body,
    tag,
    renotify: true,
    icon: new URL('../icons/icon-192.png', worker.location.href).href,
    data: { chat_id, url },
  });
  if (chat_id) await worker.navigator.setAppBadge?.(waiting_chats);
}

/** Each waiting chat has one notification. Where there are more, the oldest tell of chats that somebody has looked at. */
async function closeStale(tag, waitingChats) {
  const others = (await worker.registration.getNotifications()).filter(each => each.tag !== tag);
  others.sort((one, other) => other.timestamp - one.timestamp);
  for (const stale of others.slice(Math.max(0, waitingChats - 1))) stale.close();
}

async function open(notification) {
  const { chat_id, url } = notification.data;
  notification.close();
  const path = url.split('#')[0];
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(each => new URL(each.url).pathname === path);
  if (!page) return worker.clients.openWindow(url);
  page.postMessage({ open: chat_id });
  return page.focus();
}
