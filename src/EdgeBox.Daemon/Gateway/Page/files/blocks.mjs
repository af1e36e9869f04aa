// Shows blocks of Markdown. However large one is, only so much of it is drawn until somebody asks for more.
import { copyButton, make } from './dom.mjs';
import { showInline } from './inline.mjs';
import { number, say } from './words.mjs';

const mostText = 20_000;
const mostRows = 100;
const mostColumns = 40;
const mostItems = 300;

// Letters that stand one above the other need room between lines.
const tall = /[\u0F00-\u0FFF\u1000-\u109F\u1780-\u17FF\uA9E0-\uA9FF\uAA60-\uAA7F]/;

/** The class of a text whose letters need room; none for others. */
export const roomFor = text => (tall.test(text.slice(0, 2000)) ? 'tall' : '');

/** The direction of the first letter: of lists and tables as a whole, whose parts have texts of their own. */
const directionOf = text => (/^[^\p{L}]*[\p{Script=Arab}\p{Script=Hebr}\p{Script=Syrc}\p{Script=Thaa}]/u.test(text.slice(0, 2000)) ? 'rtl' : 'ltr');

/** The element of a block. */
export const showBlock = block => shows[block.kind](block);

const shows = {
  paragraph: block => lineOf('p', block.text),
  heading: block => lineOf(`h${Math.min(6, block.level + 2)}`, block.text),
  rule: () => make('hr'),
  quote: block => make('blockquote', { dir: 'auto' }, ...block.blocks.map(showBlock)),
  code: showCode,
  list: showList,
  table: showTable,
};

function lineOf(tag, text) {
  const element = make(tag, { dir: 'auto', class: roomFor(text) });
  showInline(element, text.slice(0, mostText));
  addRest(element, text, mostText);
  return element;
}

/** Adds a button that appends more of a text, as it is. */
function addRest(element, text, from) {
  if (from >= text.length) {
    return;
  }
  const more = make('button', { type: 'button', class: 'link more' }, say('more', { count: number(text.length - from) }));
  more.addEventListener('click', () => {
    more.replaceWith(text.slice(from, from + mostText));
    addRest(element, text, from + mostText);
  });
  element.append(more);
}

/** Appends so many of a list's things, and a button for as many again. */
function addSome(parent, things, size, show, after = parent) {
  let from = 0;
  const more = make('button', { type: 'button', class: 'link more', onclick: add });
  function add() {
    parent.append(...things.slice(from, from + size).map(show));
    from += size;
    more.textContent = say('moreRows', { count: number(things.length - from) });
    if (from >= things.length) {
      more.remove();
    }
  }
  add();
  if (from < things.length) {
    after.append(parent === after ? make(parent.localName === 'ul' || parent.localName === 'ol' ? 'li' : 'div', {}, more) : more);
  }
}

function showCode(block) {
  const text = make('code', { dir: 'ltr' }, block.text.slice(0, mostText));
  addRest(text, block.text, mostText);
  return make('figure', { class: 'code' },
    make('figcaption', {}, make('span', {}, block.language), copyButton(say('copyCode'), block.text)),
    make('pre', { tabIndex: 0, class: roomFor(block.text) }, text));
}

function showList(block) {
  const list = make(block.ordered ? 'ol' : 'ul', { dir: directionOf(block.items[0][0]?.text ?? '') });
  if (block.ordered && block.start !== 1) {
    list.start = block.start;
  }
  addSome(list, block.items, mostItems, blocks => {
    const item = make('li');
    for (const [at, inner] of blocks.entries()) {
      if (at === 0 && inner.kind === 'paragraph') {
        item.className = roomFor(inner.text);
        item.append(...lineOf('p', inner.text).childNodes);
      } else {
        item.append(showBlock(inner));
      }
    }
    return item;
  });
  return list;
}

function showTable(block) {
  const cell = (tag, text, column) => {
    const element = make(tag, { dir: 'auto', class: `${block.align[column]} ${roomFor(text)}` });
    showInline(element, text.slice(0, mostText));
    return element;
  };
  const row = (tag, texts) => make('tr', {}, ...texts.slice(0, mostColumns).map((text, column) => cell(tag, text, column)));
  const body = make('tbody');
  const whole = make('div', { class: 'table', tabIndex: 0, role: 'group' },
    make('table', { dir: directionOf(block.head.join(' ')) }, make('thead', {}, row('th', block.head)), body));
  addSome(body, block.rows, mostRows, texts => row('td', texts), whole);
  return whole;
}
