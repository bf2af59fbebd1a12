// @ts-check
// Forms of the settings.
import { app } from './app.js';
import { el } from './dom.js';

/** A form with one button. What `act` throws is said below it. */
export function form(submitText, act, ...kids) {
  const submit = el('button.btn.pri', submitText);
  const complaint = el('p.bad.small', { role: 'alert' });
  const node = el('form', { noValidate: true }, kids, el('div.go', submit, complaint));
  node.onsubmit = async event => {
    event.preventDefault();
    complaint.textContent = '';
    // A red error never stands beside a green success.
    for (const done of node.querySelectorAll('.ok[role=status]')) done.textContent = '';
    app.toast.hide();
    submit.disabled = true;
    try {
      await act(node);
    } catch (error) {
      complaint.textContent = error.message;
    } finally {
      submit.disabled = false;
    }
  };
  return node;
}

export const input = (id, label, properties, hint) =>
  el(
    'div.field',
    el('label', { htmlFor: id }, label),
    el(properties.rows ? 'textarea' : 'input', { id, required: true, ...properties }),
    hint && el('p.hint', hint),
  );
