// @ts-nocheck
// Other clients' own libraries, unmodified, opened alike: `tell` gets what each one hears. Runs in Node and in a page.
globalThis.openClient = function openClient(libs, kind, { origin, token, chat_id: chatId, after, as, channel, key }, tell) {
  const authorized = token ? { Authorization: 'Bearer ' + token } : {};
  const post = (content, client_id) => fetch(origin + '/support_chat/messages', {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...authorized }, body: JSON.stringify({ content, client_id }),
  });

  const kinds = {
    sse() {
      const url = origin + (as === 'admin' ? '/admin' : '/support_chat') + '/events' + (after == null ? '' : '?after=' + after);
      const source = new libs.EventSource(url, token
        ? { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...authorized } }) }
        : undefined);
      for (const type of ['ready', 'new_message', 'message_updated', 'read', 'typing', 'presence', 'refused', 'going_away', 'chat_updated'])
        source.addEventListener(type, event => tell({ ...JSON.parse(event.data), id: event.lastEventId }));
      source.onerror = event => tell({ type: source.readyState === 2 ? 'stopped' : 'lost', code: event.code });
      return { send: post, close: () => source.close() };
    },

    cable() {
      const consumer = libs.ActionCable.createConsumer(origin.replace('http', 'ws') + '/cable');
      const identifier = { channel: channel ?? 'ChatChannel', chat_id: chatId, after, token, as };
      const subscription = consumer.subscriptions.create(identifier, {
        connected: () => tell({ type: 'connected' }),
        disconnected: how => tell({ type: how?.willAttemptReconnect ? 'lost' : 'stopped' }),
        rejected: () => tell({ type: 'rejected' }),
        received: frame => tell(frame),
      });
      return {
        send: (content, client_id) => subscription.perform('send_message', { content, client_id }),
        perform: (action, data) => subscription.perform(action, data),
        unsubscribe: () => subscription.unsubscribe(),
        close: () => consumer.disconnect(),
      };
    },

    pusher() {
      const at = new URL(origin);
      const pusher = new libs.Pusher(key ?? 'any-key', {
        wsHost: at.hostname, wsPort: +at.port, forceTLS: false, cluster: 'x', enabledTransports: ['ws'], disableStats: true,
        channelAuthorization: { endpoint: origin + '/pusher/auth', headers: authorized },
      });
      pusher.connection.bind('state_change', ({ current }) => tell({ type: current }));
      pusher.connection.bind('error', ({ error }) => tell({ type: 'error', code: error?.data?.code }));
      const heard = pusher.subscribe(channel ?? 'private-support-chat-' + chatId);
      heard.bind('pusher:subscription_succeeded', () => tell({ type: 'ready' }));
      heard.bind('pusher:subscription_error', error => tell({ ...error, type: 'rejected', kind: error.type }));
      heard.bind('new-message', message => tell({ type: 'new_message', message }));
      heard.bind('message-updated', message => tell({ type: 'message_updated', message }));
      return {
        send: post, trigger: (name, data) => heard.trigger(name, data), unsubscribe: () => pusher.unsubscribe(heard.name),
        close: () => pusher.disconnect(),
      };
    },

    echo() {
      const at = new URL(origin);
      const echo = new libs.Echo({
        broadcaster: 'pusher', Pusher: libs.Pusher, key: 'any-key', cluster: 'x', wsHost: at.hostname, wsPort: +at.port, forceTLS: false,
        enabledTransports: ['ws'], disableStats: true, authEndpoint: origin + '/broadcasting/auth', auth: { headers: authorized },
      });
      const heard = echo.private('support-chat.' + chatId);
      heard.subscribed(() => tell({ type: 'ready' })).error(error => tell({ ...error, type: 'rejected', kind: error.type }))
        .listen('.new-message', message => tell({ type: 'new_message', message }));
      return { send: post, close: () => echo.disconnect() };
    },

    socketio() {
      // Asked again at every connect: it comes back after the newest message that it has.
      const socket = libs.io(origin, {
        transports: ['websocket'], forceNew: true, reconnectionDelay: 200, auth: give => give({ token, chat_id: chatId, after, as }),
      });
      socket.onAny((type, frame) => {
        after = frame.message?.seq ?? after;
        tell({ ...frame, named: type });
      });
      socket.on('connect', () => tell({ type: 'connected' }));
      socket.on('disconnect', reason => tell({ type: socket.active ? 'lost' : 'stopped', reason }));
      socket.on('connect_error', error => tell({ type: 'rejected', error: error.message, active: socket.active }));
      return {
        send: (content, client_id) =>
          socket.emit('send_message', { content, client_id }, answer => tell({ type: 'acknowledged', answer })),
        perform: (action, data) => socket.emit(action, data),
        close: () => socket.disconnect(),
      };
    },
  };
  return kinds[kind]();
};
