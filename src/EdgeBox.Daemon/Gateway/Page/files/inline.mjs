// Shows what stands inside a paragraph: emphasis, code, links. Only http and https are links; pictures are told, not loaded.
import { make } from './dom.mjs';

const deepest = 5;
const furthest = 4000;
const special = /[\\`*_~[!<\n]|https?:\/\//g;

/** Appends a text to an element. */
export function showInline(parent, text, depth = 0) {
  let plain = '';
  const flush = () => {
    if (plain) {
      parent.append(plain);
      plain = '';
    }
  };
  const finder = new RegExp(special);
  for (let at = 0; at < text.length;) {
    finder.lastIndex = at;
    const found = finder.exec(text);
    if (!found) {
      plain += text.slice(at);
      break;
    }
    plain += text.slice(at, found.index);
    const piece = readers[found[0][0]](text, found.index, depth);
    if (piece) {
      flush();
      parent.append(piece.shown);
      at = piece.after;
    } else {
      plain += text[found.index];
      at = found.index + 1;
    }
  }
  flush();
}

const readers = {
  '\\': (text, at) => (/^[!-/:-@[-`{-~]/.test(text.slice(at + 1, at + 2)) ? { shown: text[at + 1], after: at + 2 } : null),
  '\n': (_, at) => ({ shown: make('br'), after: at + 1 }),
  '`': readCode,
  '*': readEmphasis,
  '_': readEmphasis,
  '~': readStruck,
  '[': (text, at) => readLink(text, at),
  '!': (text, at) => (text[at + 1] === '[' ? readPicture(text, at) : null),
  '<': readAngle,
  h: readAddress,
};

function readCode(text, at) {
  const ticks = /^`+/.exec(text.slice(at, at + furthest))[0];
  const rest = text.slice(at + ticks.length, at + ticks.length + furthest);
  const closing = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(rest);
  return closing
    ? { shown: make('code', { dir: 'auto' }, rest.slice(0, closing.index).replace(/^ (.*[^ ].*) $/, '$1')), after: at + ticks.length + closing.index + ticks.length }
    : { shown: ticks, after: at + ticks.length };
}

function readEmphasis(text, at, depth) {
  const mark = text[at];
  const run = Math.min(3, /^[*_]+/.exec(text.slice(at, at + 4))[0].length);
  const width = text[at + 1] === mark ? (run === 3 && text[at + 2] === mark ? 3 : 2) : 1;
  const sign = mark.repeat(width);
  if (depth >= deepest || /^(\s|$)/.test(text.slice(at + width, at + width + 1)) || (mark === '_' && /[\p{L}\p{N}]/u.test(text.slice(Math.max(0, at - 1), at)))) {
    return null;
  }
  const rest = text.slice(at + width, at + width + furthest);
  for (let end = rest.indexOf(sign, 1); end > 0; end = rest.indexOf(sign, end + 1)) {
    const more = rest[end + width] === mark;
    if (!/\s/.test(rest[end - 1]) && !(width < 3 && (more || rest[end - 1] === mark)) && !(mark === '_' && /[\p{L}\p{N}]/u.test(rest.slice(end + 1, end + 2)))) {
      const shown = make(width === 1 ? 'em' : 'strong');
      const inside = width === 3 ? shown.appendChild(make('em')) : shown;
      showInline(inside, rest.slice(0, end), depth + 1);
      return { shown, after: at + width + end + width };
    }
  }
  return null;
}

function readStruck(text, at, depth) {
  const end = text[at + 1] === '~' && depth < deepest ? text.slice(at + 2, at + 2 + furthest).indexOf('~~') : -1;
  if (end < 1) {
    return null;
  }
  const shown = make('del');
  showInline(shown, text.slice(at + 2, at + 2 + end), depth + 1);
  return { shown, after: at + end + 4 };
}

/** [label](address "title"): what it says, where it leads, where it ends. */
function readReference(text, at) {
  const rest = text.slice(at, at + furthest);
  let open = 0;
  let end = -1;
  for (let i = 0; i < rest.length && end < 0; i++) {
    open += rest[i] === '[' ? 1 : rest[i] === ']' ? -1 : 0;
    end = open === 0 ? i : -1;
  }
  if (end < 0 || rest[end + 1] !== '(') {
    return null;
  }
  const target = /^\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/.exec(rest.slice(end + 1, end + 2100));
  return target ? { label: rest.slice(1, end), address: target[1], after: at + end + 1 + target[0].length } : null;
}

function readLink(text, at) {
  const found = readReference(text, at);
  const url = found && safe(found.address);
  if (!url) {
    return null; // Told as it was written.
  }
  const shown = link(url);
  showInline(shown, found.label.replace(/https?:\/\//g, ''), deepest);
  return { shown, after: found.after };
}

function readPicture(text, at) {
  const found = readReference(text, at + 1);
  return found ? { shown: make('span', { class: 'picture' }, [found.label, found.address].filter(Boolean).join(' · ')), after: found.after } : null;
}

function readAngle(text, at) {
  const lineBreak = /^<br ?\/?>/i.exec(text.slice(at, at + 6));
  if (lineBreak) {
    return { shown: make('br'), after: at + lineBreak[0].length };
  }
  const address = /^<(https?:\/\/[^\s<>]+)>/.exec(text.slice(at, at + 2100));
  const url = address && safe(address[1]);
  return url ? { shown: link(url, address[1]), after: at + address[0].length } : null;
}

function readAddress(text, at) {
  const address = /^[^\s<>"'`，。；：！？、（）《》「」]+/.exec(text.slice(at, at + 2100))[0].replace(/[.,;:!?)*_\]]+$/, '');
  const url = !/[\p{L}\p{N}]/u.test(text.slice(Math.max(0, at - 1), at)) && safe(address);
  return url ? { shown: link(url, address), after: at + address.length } : null;
}

function safe(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

const link = (href, text = '') => make('a', { href, rel: 'noopener noreferrer nofollow', target: '_blank', dir: 'auto', title: href }, text);
