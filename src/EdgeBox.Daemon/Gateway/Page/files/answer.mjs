// Shows one answer while it is made and afterwards: thoughts, text, what its checks came to.
import { copyButton, icon, iconButton, make } from './dom.mjs';
import { parse } from './markdown.mjs';
import { roomFor, showBlock } from './blocks.mjs';
import { number, say } from './words.mjs';

const mostAtOnce = 60_000;
const mostThought = 50_000;

/** An answer on the page. Drawn once a frame at most, and seldom when drawing takes long. */
export class AnswerView {
  #record;
  #onDraw;
  #settled = 0;
  #limit = mostAtOnce;
  #planned = false;
  #cost = 0;
  #streams;

  /**
   * @param record What is kept of the answer.
   * @param actions Called by its buttons: again(); null for none.
   * @param onDraw Called after each drawing.
   */
  constructor(record, { streams = false, again = null, onDraw = () => {} } = {}) {
    this.#record = record;
    this.#streams = streams;
    this.#onDraw = onDraw;
    this.state = make('p', { class: 'state' });
    this.thought = make('div', { dir: 'auto' });
    this.thoughts = make('details', { class: 'thoughts', hidden: true }, make('summary'), this.thought);
    this.fixed = make('div');
    this.tail = make('div');
    this.end = make('footer');
    this.element = make('article', { class: 'answer', 'aria-label': say('answerOf', { model: record.model }) },
      this.thoughts, make('div', { class: 'prose' }, this.fixed, this.tail), this.state, this.end);
    this.again = again;
    this.draw();
  }

  /** Has what was added to the record drawn soon. */
  changed() {
    if (!this.#planned) {
      this.#planned = true;
      const soon = () => requestAnimationFrame(() => {
        this.#planned = false;
        this.draw();
      });
      if (this.#cost > 8) {
        setTimeout(soon, this.#cost * 4);
      } else {
        soon();
      }
    }
  }

  /** Draws the end: nothing more comes. */
  finish() {
    this.#streams = false;
    this.draw();
  }

  draw() {
    const began = performance.now();
    this.element.ariaBusy = String(this.#streams);
    this.#drawThoughts();
    this.#drawText();
    this.#drawState();
    if (!this.#streams) {
      this.#drawEnd();
    }
    this.#onDraw();
    this.#cost = performance.now() - began;
  }

  #drawThoughts() {
    const { reasoning, text } = this.#record;
    this.thoughts.hidden = reasoning === '';
    this.thoughts.firstChild.textContent = say(this.#streams && text === '' ? 'thinking' : 'thought');
    const shown = this.thought.textContent.length;
    const more = reasoning.slice(shown, mostThought);
    if (more !== '') {
      this.thought.append(more);
      this.thought.normalize();
      this.thought.className = roomFor(reasoning);
    }
  }

  /** All blocks but the last are as they will stay. */
  #drawText() {
    const { text } = this.#record;
    const until = Math.min(text.length, this.#limit);
    const blocks = parse(text.slice(this.#settled, until));
    const open = this.#streams || until < text.length ? blocks.pop() : undefined;
    if (blocks.length > 0) {
      this.fixed.append(...blocks.map(showBlock));
      this.#settled += blocks.at(-1).end;
    }
    this.tail.replaceChildren(...(open ? [showBlock(open)] : []));
    if (!this.#streams && until < text.length) {
      this.tail.append(make('button', {
        type: 'button', class: 'link more', onclick: () => {
          this.#limit += mostAtOnce;
          this.draw();
        },
      }, say('more', { count: number(text.length - until) })));
    }
  }

  #drawState() {
    const { text, reasoning, error, stopped, cut, waiting, attempts, verification } = this.#record;
    const words = error ? error
      : stopped ? say('stopped')
      : cut ? say('cut')
      : !this.#streams || text !== '' ? ''
      : attempts.length > 0 && !verification ? say('checking', { attempt: attempts.at(-1).attempt ?? 1 })
      : waiting ? say('waiting', { place: waiting })
      : reasoning === '' ? say('waitingStart') : '';
    this.state.textContent = words;
    this.state.hidden = words === '';
    this.state.className = error ? 'state problem' : this.#streams ? 'state busy' : 'state';
  }

  #drawEnd() {
    const { text, usage, verification } = this.#record;
    this.end.replaceChildren(
      ...(verification ? [showVerdicts(verification)] : []),
      make('div', { class: 'actions' },
        text === '' ? null : copyButton(say('copy'), text),
        this.again ? iconButton('again', say('again'), this.again) : null,
        make('span', { class: 'quiet' }, this.#record.model),
        usage ? make('span', { class: 'quiet' }, say('speed', { tokens: number(usage.tokens), rate: number(usage.rate) })) : null));
  }
}

/** What the checks came to, one line each. */
function showVerdicts({ verified = false, attempts = 1, verdicts = [] }) {
  return make('section', { class: `verdicts ${verified ? 'good' : 'bad'}`, 'aria-label': say(verified ? 'verified' : 'notVerified') },
    make('p', {}, make('strong', {}, say(verified ? 'verified' : 'notVerified')), attempts > 1 ? ` · ${say('attempts', { count: attempts })}` : ''),
    make('ul', {}, ...verdicts.map(({ name, passed = false, problem = '' }) => make('li', { class: passed ? 'good' : 'bad' },
      icon(passed ? 'tick' : 'cross'),
      make('span', { class: 'unseen' }, `${say(passed ? 'passed' : 'failed')}: `),
      make('span', { dir: 'auto' }, problem === '' ? name : `${name}: ${problem}`)))));
}

/** Shows what somebody asked. */
export function showQuestion({ text, files, task }) {
  return make('article', { class: 'question', 'aria-label': say('you') },
    task ? make('p', { class: 'chip' }, [task.name, ...Object.values(task.parameters)].join(' · ')) : null,
    ...files.map(file => make('details', { class: 'file' }, make('summary', { dir: 'auto' }, file.name), make('pre', { dir: 'auto', tabIndex: 0 }, file.text.slice(0, mostThought)))),
    text === '' ? null : make('p', { dir: 'auto', class: roomFor(text) }, text.length > mostThought ? `${text.slice(0, mostThought)}…` : text));
}
