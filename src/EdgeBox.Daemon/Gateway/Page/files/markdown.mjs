// Reads Markdown as models write it into blocks. Every search is bounded: what is not closed nearby is text.
const deepest = 6;
const widestRule = 4000;

/** The blocks of a text; each has the offset of its end. */
export function parse(text) {
  const lines = text.split('\n');
  const blocks = readBlocks(lines, 0);
  let line = 0;
  let offset = 0;
  for (const block of blocks) {
    for (; line < block.after; line++) {
      offset += lines[line].length + 1;
    }
    block.end = Math.min(offset, text.length);
  }
  return blocks;
}

function readBlocks(lines, depth) {
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    if (lines[at].trim() === '') {
      at++;
      continue;
    }
    const block = readFence(lines, at) ?? readRule(lines, at) ?? readHeading(lines, at) ?? readTable(lines, at)
      ?? (depth < deepest ? readQuote(lines, at, depth) ?? readList(lines, at, depth) : null)
      ?? readParagraph(lines, at);
    blocks.push(block);
    at = block.after;
  }
  return blocks;
}

const fence = /^ {0,3}(`{3,}|~{3,}) *([^`\s]{0,40})[^`]*$/;

function readFence(lines, at) {
  const open = fence.exec(lines[at].slice(0, widestRule));
  if (!open) {
    return null;
  }
  const indent = lines[at].length - lines[at].trimStart().length;
  const closes = line => {
    const mark = line.trim();
    return mark.length >= open[1].length && mark.length < widestRule && mark === open[1][0].repeat(mark.length);
  };
  let after = at + 1;
  while (after < lines.length && !closes(lines[after])) {
    after++;
  }
  const text = lines.slice(at + 1, after).map(line => line.slice(Math.min(indent, line.length - line.trimStart().length))).join('\n');
  return { kind: 'code', language: open[2], text, after: Math.min(after + 1, lines.length) };
}

function readRule(lines, at) {
  const line = lines[at].slice(0, widestRule);
  return /^ {0,3}([-*_])( *\1){2,} *$/.test(line) && line.length === lines[at].length ? { kind: 'rule', after: at + 1 } : null;
}

function readHeading(lines, at) {
  const found = /^ {0,3}(#{1,6}) +/.exec(lines[at]);
  return found ? { kind: 'heading', level: found[1].length, text: lines[at].slice(found[0].length).replace(/ #{1,6}$/, ''), after: at + 1 } : null;
}

function readQuote(lines, at, depth) {
  const inner = [];
  let after = at;
  for (; after < lines.length && /^ {0,3}>/.test(lines[after]); after++) {
    inner.push(lines[after].replace(/^ {0,3}> ?/, ''));
  }
  return after > at ? { kind: 'quote', blocks: readBlocks(inner, depth + 1), after } : null;
}

const bullet = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)/;

function readList(lines, at, depth) {
  const first = bullet.exec(lines[at]);
  if (!first) {
    return null;
  }
  const ordered = /\d/.test(first[2]);
  const items = [];
  let after = at;
  while (after < lines.length) {
    const mark = bullet.exec(lines[after]);
    if (!mark || /\d/.test(mark[2]) !== ordered || readRule(lines, after)) {
      break;
    }
    const width = mark[0].length;
    const inner = [lines[after].slice(width)];
    after++;
    // What is indented goes on the item; so does the rest of a paragraph, until an empty line or another block.
    for (;;) {
      const next = skipEmpty(lines, after);
      if (next === lines.length) {
        break;
      }
      const indent = lines[next].length - lines[next].trimStart().length;
      if (indent < 2 && (next > after || startsBlock(lines, next))) {
        break;
      }
      inner.push(...(next > after ? [''] : []), lines[next].slice(Math.min(indent, width)));
      after = next + 1;
    }
    items.push(readBlocks(inner, depth + 1));
    const next = skipEmpty(lines, after);
    after = next < lines.length && bullet.test(lines[next]) ? next : after;
  }
  return { kind: 'list', ordered, start: ordered ? parseInt(first[2], 10) : 1, items, after };
}

function skipEmpty(lines, at) {
  while (at < lines.length && lines[at].trim() === '') {
    at++;
  }
  return at;
}

const startsBlock = (lines, at) =>
  bullet.test(lines[at]) || /^ {0,3}(#{1,6} |>)/.test(lines[at]) || fence.test(lines[at].slice(0, widestRule)) || readRule(lines, at) !== null;

function readTable(lines, at) {
  const below = lines[at + 1];
  if (!lines[at].includes('|') || below === undefined || below.length > widestRule || !/^[\s|:-]+$/.test(below) || !below.includes('-')) {
    return null;
  }
  const head = cells(lines[at]);
  const marks = cells(below);
  if (marks.length !== head.length || !marks.every(mark => /^:?-+:?$/.test(mark))) {
    return null;
  }
  const rows = [];
  let after = at + 2;
  for (; after < lines.length && lines[after].includes('|'); after++) {
    rows.push(cells(lines[after]).slice(0, head.length));
  }
  const align = marks.map(mark => (mark.endsWith(':') ? (mark.startsWith(':') ? 'middle' : 'end') : 'start'));
  return { kind: 'table', head, align, rows, after };
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  const found = [];
  let from = 0;
  for (let at = 0; at <= inner.length; at++) {
    if (at === inner.length || (inner[at] === '|' && inner[at - 1] !== '\\')) {
      found.push(inner.slice(from, at).trim().replaceAll('\\|', '|'));
      from = at + 1;
    }
  }
  return found;
}

function readParagraph(lines, at) {
  let after = at + 1;
  while (after < lines.length && lines[after].trim() !== '' && !startsBlock(lines, after) && !readTable(lines, after)) {
    after++;
  }
  return { kind: 'paragraph', text: lines.slice(at, after).map(line => line.trim()).join('\n'), after };
}
