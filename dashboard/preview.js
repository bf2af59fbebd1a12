// @ts-check
// The real chat beside the fields that change it.
import { BASE } from './api.js';
import { el } from './dom.js';
import { t } from './language.js';
import { GREETING } from './settingField.js';

const lines = text => text.split('\n').map(line => line.trim()).filter(Boolean);

/** @param {any[]} fields of the settings; what is typed is shown before it is saved */
export function preview(fields) {
  const valueOf = key => fields.find(field => field.key === key)?.value || undefined;
  const draw = () => {
    const shown = {
      color: valueOf('Widget:Color'),
      title: valueOf('Widget:Title') ?? valueOf('AppName'),
      greeting: valueOf('Widget:Greeting') === GREETING ? null : valueOf('Widget:Greeting'),
      questions: lines(valueOf('Widget:Questions') ?? ''),
    };
    try {
      frame.contentWindow?.LeanChat?.('update', shown);
    } catch {
      // Without a connection the browser's own page stands there.
    }
  };
  const frame = el('iframe.preview', { src: `${BASE}/chat`, title: t('The chat as visitors see it'), tabIndex: -1, onload: draw });
  for (const { field } of fields) field.addEventListener('input', draw);
  return frame;
}
