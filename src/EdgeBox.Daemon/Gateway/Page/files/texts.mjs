// Reads files that people drop as text; what is none, or too much, is refused in words.
import { say, size } from './words.mjs';

const mostFiles = 4;
const mostBytes = 256 * 1024;

/** The files that go with the next question. */
export class Texts {
  all = [];

  /** Adds files; the first that cannot be taken is told, and nothing after it is read. */
  async add(files) {
    for (const file of files) {
      if (this.all.length >= mostFiles) {
        throw new Error(say('fileTooMany', { limit: mostFiles }));
      }
      this.all.push({ name: file.name, text: await read(file) });
    }
  }

  take() {
    return this.all.splice(0);
  }
}

async function read(file) {
  const name = file.name;
  if (file.size > mostBytes) {
    throw new Error(say('fileTooLarge', { name, size: size(file.size), limit: size(mostBytes) }));
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length === 0) {
    throw new Error(say('fileEmpty', { name }));
  }
  for (const encoding of encodingsOf(bytes)) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      if (!/[\0-\x08\x0E-\x1A\x1C-\x1F]/.test(text)) {
        return text.replace(/\r\n?/g, '\n');
      }
    } catch {
      // It is in another encoding, or no text.
    }
  }
  throw new Error(say('fileNoText', { name }));
}

const encodingsOf = ([first, second]) =>
  first === 0xFF && second === 0xFE ? ['utf-16le'] : first === 0xFE && second === 0xFF ? ['utf-16be'] : ['utf-8', 'gb18030'];
