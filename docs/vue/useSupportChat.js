// @ts-check
// The chat as a Vue composable (Vue 3.3 or later). Copy this file and docs/client/supportChat.js. MIT licence.
import { computed, onMounted, onScopeDispose, shallowRef } from 'vue';
import { createSupportChat } from '../client/supportChat.js';

/**
 * const { lines, status, send, … } = useSupportChat();  // lines, status … are refs
 * Rendered on a server it is an empty, idle chat.
 * @param {import('../client/supportChat.js').SupportChatOptions} [options]
 */
export function useSupportChat(options) {
  const chat = createSupportChat(options);
  const state = shallowRef(chat.snapshot());
  const leave = chat.subscribe(() => { state.value = chat.snapshot(); });
  onMounted(() => chat.start());
  onScopeDispose(() => { leave(); chat.stop(); });
  const { send, retry, markRead, typing, older, identify, signOut } = chat;
  return {
    status: computed(() => state.value.status),
    chatId: computed(() => state.value.chatId),
    lines: computed(() => state.value.lines),
    more: computed(() => state.value.more),
    unread: computed(() => state.value.unread),
    adminOnline: computed(() => state.value.adminOnline),
    adminTyping: computed(() => state.value.adminTyping),
    adminName: computed(() => state.value.adminName),
    user: computed(() => state.value.user),
    send, retry, markRead, typing, older, identify, signOut,
  };
}
