// @ts-check
// The conversation as a text, for somebody else.
import { app } from './app.js';
import { el } from './dom.js';
import { t } from './language.js';
import { nameOf } from './text.js';

export const canShare = Boolean(navigator.canShare?.({ files: [new File([''], 'a.txt', { type: 'text/plain' })] }));

/** Hands the text to another app where the device does that; else saves it as a file. */
export async function sendTranscript(chat) {
  try {
    const name = `${nameOf(chat).replace(/[^\p{L}\p{N}]+/gu, '-')}.txt`;
    const file = new File([await app.api.transcript(chat.id)], name, { type: 'text/plain' });
    if (canShare) await navigator.share({ files: [file], title: t('Conversation with {name}', { name: nameOf(chat) }) });
    else save(file);
  } catch (error) {
    // Whoever closes the device's own dialog has changed their mind.
    if (error.name !== 'AbortError') app.showError(error);
  }
}

function save(file) {
  const href = URL.createObjectURL(file);
  el('a', { href, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60e3);
}
