// @ts-check
// The chat as a React hook (React 18 or later). Copy this file and docs/client/supportChat.js. MIT licence.
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createSupportChat } from '../client/supportChat.js';

/**
 * const { lines, status, send, … } = useSupportChat();
 * The options are read once. Rendered on a server it is an empty, idle chat.
 * @param {import('../client/supportChat.js').SupportChatOptions} [options]
 */
export function useSupportChat(options) {
  const [chat] = useState(() => createSupportChat(options));
  const state = useSyncExternalStore(chat.subscribe, chat.snapshot, chat.snapshot);
  useEffect(() => {
    chat.start();
    return () => chat.stop();
  }, [chat]);
  const { send, retry, markRead, typing, older, identify, signOut } = chat;
  return useMemo(() => ({ ...state, send, retry, markRead, typing, older, identify, signOut }), [state, send, retry, markRead, typing, older, identify, signOut]);
}
