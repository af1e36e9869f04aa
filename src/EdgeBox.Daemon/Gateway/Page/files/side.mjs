// The list of conversations: opens, renames, saves and deletes them.
import { byId, iconButton, make, save } from './dom.mjs';
import { asMarkdown } from './talks.mjs';
import { say } from './words.mjs';

const longestTitle = 80;
const undoTime = 8_000;

/** The conversations beside the one that is open. */
export class Side {
  #talks;
  #open;
  #current = null;

  /** @param open Opens one by its id; without: begins a new one. */
  constructor(talks, open) {
    this.#talks = talks;
    this.#open = open;
    byId('new').onclick = () => open();
    byId('forget').onclick = () => this.#forgetAll();
  }

  /** Draws the list. */
  async draw(current = this.#current) {
    this.#current = current;
    const heads = await this.#talks.list();
    byId('kept').textContent = say(this.#talks.isKept ? 'kept' : 'notKept');
    byId('forget').hidden = heads.length === 0;
    const day = 86_400_000;
    const today = new Date().setHours(0, 0, 0, 0);
    let group = '';
    byId('talks').replaceChildren(...heads.flatMap(head => {
      const word = head.updated >= today ? 'today' : head.updated >= today - day ? 'yesterday' : 'earlier';
      const begins = word !== group;
      group = word;
      return begins ? [make('li', { class: 'day' }, say(word)), this.#row(head)] : [this.#row(head)];
    }));
  }

  #row(head) {
    const title = head.title || say('untitled');
    const row = make('li', { class: head.id === this.#current ? 'current' : '' });
    const open = make('button', { type: 'button', class: 'talk', dir: 'auto', title, onclick: () => this.#open(head.id) }, title);
    if (head.id === this.#current) {
      open.setAttribute('aria-current', 'page');
    }
    row.append(open, make('span', { class: 'row-tools' },
      iconButton('pen', say('renameOf', { title }), () => this.#rename(row, head)),
      iconButton('save', say('exportOf', { title }), () => this.#export(head)),
      iconButton('bin', say('removeOf', { title }), () => this.#remove(head))));
    return row;
  }

  #rename(row, head) {
    const input = make('input', { value: head.title, maxLength: longestTitle, dir: 'auto', 'aria-label': say('newName') });
    let ended = false;
    const end = async keeps => {
      if (ended) {
        return;
      }
      ended = true;
      const talk = keeps && input.value.trim() !== '' ? await this.#talks.read(head.id) : null;
      if (talk) {
        talk.title = input.value.trim();
        await this.#talks.save(talk);
      }
      await this.draw();
    };
    input.onkeydown = event => {
      if (event.key === 'Enter' && !event.isComposing) {
        end(true);
      } else if (event.key === 'Escape') {
        event.stopPropagation();
        end(false);
      }
    };
    input.onblur = () => end(true);
    row.replaceChildren(input);
    input.select();
  }

  async #export(head) {
    const talk = await this.#talks.read(head.id);
    save(`${(talk.title || 'edgebox').replace(/[^\p{L}\p{N}\p{M}]+/gu, '-').slice(0, 60)}.md`, 'text/markdown', asMarkdown(talk, say));
  }

  async #remove(head) {
    const talk = await this.#talks.read(head.id);
    await this.#talks.remove(head.id);
    await this.#afterRemoval(say('removed'), [talk]);
  }

  async #forgetAll() {
    const all = await Promise.all((await this.#talks.list()).map(head => this.#talks.read(head.id)));
    await Promise.all(all.map(talk => this.#talks.remove(talk.id)));
    await this.#afterRemoval(say('forgotten'), all);
  }

  async #afterRemoval(text, talks) {
    if (talks.some(talk => talk.id === this.#current)) {
      this.#open();
    }
    await this.draw();
    toast(text, say('undo'), async () => {
      await Promise.all(talks.map(talk => this.#talks.save(talk)));
      await this.draw();
    });
  }
}

let ending;

/** Tells something for a while, with a button that takes it back. */
function toast(text, word, act) {
  clearTimeout(ending);
  const clear = () => byId('toast').replaceChildren();
  byId('toast').replaceChildren(make('p', {}, text, make('button', {
    type: 'button', class: 'link', onclick: () => {
      clear();
      act();
    },
  }, word)));
  ending = setTimeout(clear, undoTime);
}
