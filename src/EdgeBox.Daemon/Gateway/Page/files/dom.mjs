// Makes elements. Text is only ever set as text, never read as markup: what a model writes can do nothing.
import { say } from './words.mjs';

const drawn = 'http://www.w3.org/2000/svg';

const shapes = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  plus: 'M12 5v14M5 12h14',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8z',
  attach: 'm20 11.5-8.3 8.2a5 5 0 0 1-7.1-7l8.6-8.6a3.4 3.4 0 0 1 4.8 4.7l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.9-7.9',
  copy: 'M9 9h10v11H9zM15 9V5H5v11h4',
  again: 'M19 8a8 8 0 1 0 1 5M19.5 3.5V8H15',
  tick: 'm5 12.5 4.5 4.5L19 7.5',
  cross: 'M7 7l10 10M17 7 7 17',
  pen: 'm5 19 .8-3.8L16.5 4.5l3 3L8.8 18.2z',
  bin: 'M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12',
  save: 'M12 4v11M7 11l5 5 5-5M5 19.5h14',
  out: 'M14 5H6v14h8M11 12h9M17 9l3 3-3 3',
};

/** An element with properties and children; strings become text. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') {
      element.className = value;
    } else if (name === 'label') {
      element.setAttribute('aria-label', value);
      element.title = value;
    } else if (name.includes('-') || name === 'role' || name === 'for') {
      element.setAttribute(name, value);
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** A drawing that means nothing by itself: who uses it gives it a name. */
export function icon(name) {
  const image = document.createElementNS(drawn, 'svg');
  const path = document.createElementNS(drawn, 'path');
  image.setAttribute('viewBox', '0 0 24 24');
  image.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', shapes[name]);
  image.append(path);
  return image;
}

/** A button that shows an icon and says what it does. */
export const iconButton = (name, label, onclick) => make('button', { type: 'button', class: 'icon', label, onclick }, icon(name));

export const byId = id => document.getElementById(id);

/** A button that copies a text, and says whether the browser let it. */
export function copyButton(label, text) {
  const button = iconButton('copy', label, async () => {
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) ?? false;
    button.classList.toggle('done', done);
    byId('said').textContent = say(done ? 'copied' : 'notCopied');
  });
  return button;
}

/** Saves a text as a file. */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = make('a', { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
