// @ts-check
// Settings: saved replies.
import { app } from './app.js';
import { $, button, el, fill } from './dom.js';
import { form, input } from './form.js';
import { t } from './language.js';
import { withoutSlash } from './text.js';

export async function savedRepliesTab() {
  const replies = await app.api.replies();
  return [
    el('p.dim', t('Type / in a reply to choose one. {name} becomes the visitor’s name, {me} yours.')),
    el('ul', replies.map(item)),
    el('h3', t('New saved reply')),
    editor({}),
  ];
}

function changed() {
  app.composer.forgetReplies();
  return app.settings.show('replies');
}

function editor({ id = 'new', shortcut = '', content = '' }) {
  const save = async node => {
    await app.api.saveReply(id, {
      shortcut: withoutSlash($('input', node).value.trim()),
      content: $('textarea', node).value.trim(),
    });
    await changed();
  };
  return form(
    shortcut ? t('Save') : t('Add'),
    save,
    input(`s-${id}`, t('Shortcut'), { value: shortcut, maxLength: 40, autocomplete: 'off', placeholder: t('shipping') }),
    input(`c-${id}`, t('Text'), { rows: 4, value: content }),
  );
}

function item(reply) {
  const edit = () => {
    fill(node, el('div', editor(reply)));
    $('input', node).focus();
  };
  const undo = async () => {
    try {
      await app.api.saveReply('new', { shortcut: reply.shortcut, content: reply.content });
      await changed();
    } catch (error) {
      app.showError(error);
    }
  };
  const remove = async () => {
    try {
      await app.api.dropReply(reply.id);
      await changed();
      app.toast.show(t('Deleted.'), t('Undo'), undo);
    } catch (error) {
      app.showError(error);
    }
  };
  const node = el(
    'li',
    el('div', el('p', el('b', `/${withoutSlash(reply.shortcut)}`)), el('p.dim.clip', reply.content)),
    button('btn', t('Edit'), edit, { ariaLabel: t('Edit {name}', { name: reply.shortcut }) }),
    button('btn.risk', t('Delete'), remove, { ariaLabel: t('Delete {name}', { name: reply.shortcut }) }),
  );
  return node;
}
