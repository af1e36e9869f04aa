// The conversation that is open: asks the box, shows what comes, keeps it.
import { AnswerView, showQuestion } from './answer.mjs';
import { Refusal } from './box.mjs';
import { byId, make } from './dom.mjs';
import { roomFor } from './blocks.mjs';
import { examplesFor } from './samples.mjs';
import { Composer } from './composer.mjs';
import { languageName, say } from './words.mjs';

const longestTitle = 60;
const mostSaid = 1500;
const nearEnd = 80;

/** What a refusal is to the person who asked. */
export function tell(fault) {
  return fault instanceof Refusal && fault.status === 0 ? say('unreachable')
    : fault.reason === 'KEY_REVOKED' ? say('keyRevoked')
    : fault.retryAfter > 0 ? `${fault.message} ${say('retryIn', { seconds: fault.retryAfter })}`
    : fault.message;
}

/** The open conversation and the form below it. */
export class Desk {
  #box;
  #talks;
  #side;
  #refused;
  #talk;
  #running = null;
  #follows = true;
  #isClosed = false;

  /** @param refused Told when the box does not take the key any more. */
  constructor(box, talks, side, refused) {
    this.#box = box;
    this.#talks = talks;
    this.#side = side;
    this.#refused = refused;
    this.#talk = talks.create();
    this.composer = new Composer(box, {
      ask: question => this.#start(question),
      stop: () => this.stop(),
      changed: () => this.draw(),
    });
    const scroll = byId('scroll');
    scroll.onscroll = () => {
      this.#follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEnd;
    };
  }

  /** Whether nothing was asked yet. */
  get isEmpty() {
    return this.#talk.messages.length === 0;
  }

  /** Opens a conversation; without an id a new one. */
  async open(id) {
    this.stop();
    this.#talk = (id && await this.#talks.read(id)) || this.#talks.create();
    this.#follows = true;
    this.draw();
    await this.#side.draw(this.#talk.id);
    this.composer.text.focus();
  }

  /** Stops the answer that is being made; the box frees its place at once. */
  stop() {
    this.#running?.abort();
  }

  /** Ends it: nothing is drawn any more. */
  close() {
    this.#isClosed = true;
    this.stop();
  }

  /** Shows everything again, in the language in force. */
  draw() {
    document.body.classList.toggle('empty', this.isEmpty);
    byId('start').hidden = !this.isEmpty;
    this.#drawStart();
    if (!this.#running) {
      const last = this.#talk.messages.length - 1;
      byId('talk').replaceChildren(...this.#talk.messages.map((message, at) =>
        (message.role === 'user' ? showQuestion(message) : new AnswerView(message, { again: at === last ? () => this.#again() : null }).element)));
      this.#scroll();
    }
  }

  #drawStart() {
    const examples = examplesFor(this.composer.tasks);
    byId('start').replaceChildren(make('h2', {}, say('startTitle')), ...(examples.length === 0 ? [] : [
      make('p', { class: 'quiet' }, say('examplesLead')),
      make('div', { class: 'examples' }, ...examples.map(example => this.#showExample(example))),
    ]));
  }

  #showExample({ task, language, parameters = {}, text }) {
    const title = [task.name, language && languageName(language), ...Object.values(parameters)].filter(Boolean).join(' · ');
    return make('button', {
      type: 'button', class: 'example', data: { task: task.name }, onclick: () => {
        this.composer.fill(task.name, text, parameters);
        if (text && !this.#running) {
          byId('composer').requestSubmit();
        }
      },
    },
    make('strong', {}, title),
    make('span', { dir: 'auto', class: roomFor(text ?? '') }, text ?? task.description ?? say('tryTask')));
  }

  async #start(question) {
    const { text, files, task } = question;
    this.#talk.title ||= [...(text.split('\n')[0] || files[0].name)].slice(0, longestTitle).join('');
    this.#talk.messages.push({ role: 'user', text, files, task });
    await this.#answer(question);
  }

  async #again() {
    const answer = this.#talk.messages.pop();
    const { task } = this.#talk.messages.at(-1);
    await this.#answer({ task, model: this.composer.model || answer.model, effort: answer.effort });
  }

  async #answer({ task, model, effort }) {
    const talk = this.#talk;
    const record = { role: 'assistant', model, effort, text: '', reasoning: '', attempts: [], usage: null, verification: null };
    const body = {
      model, messages: messagesOf(talk, task),
      ...(effort ? { reasoning_effort: effort } : {}),
      ...(task ? { edgebox: { task } } : {}),
    };
    this.draw();
    this.#follows = true;
    const view = new AnswerView(record, { streams: true, again: () => this.#again(), onDraw: () => this.#scroll() });
    byId('talk').append(view.element);
    const running = this.#running = new AbortController();
    this.composer.setRunning(true);
    await this.#keep(talk, record);
    try {
      const whole = await this.#box.ask(body, running.signal, event => {
        if (!running.signal.aborted) {
          take(record, event);
          view.changed();
        }
      });
      record.error = whole ? undefined : say('broken');
    } catch (fault) {
      const isStopped = running.signal.aborted;
      record.stopped = isStopped;
      record.error = isStopped ? undefined : fault instanceof Refusal ? tell(fault) : say('broken');
      if (!isStopped && fault.status === 401) {
        this.#refused(tell(fault));
      }
    }
    delete record.waiting;
    this.#running = null;
    this.composer.setRunning(false);
    await this.#keep(talk, record);
    if (this.#isClosed) {
      return;
    }
    view.finish();
    byId('said').textContent = record.error ?? `${record.text.slice(0, mostSaid)} ${say(record.stopped ? 'stopped' : 'done')}`;
  }

  /** Keeps a conversation with its newest answer, which is kept once though it is told twice. */
  async #keep(talk, record) {
    if (talk.messages.at(-1) !== record) {
      talk.messages.push(record);
      byId('said').textContent = say('coming');
    }
    talk.updated = Date.now();
    await this.#talks.save(talk).catch(() => {}); // A full disk must not take the answer away that is on the page.
    if (!this.#isClosed) {
      await this.#side.draw(this.#talk.id);
    }
  }

  #scroll() {
    if (this.#follows) {
      byId('scroll').scrollTop = byId('scroll').scrollHeight;
    }
  }
}

/** Adds an event of the stream to what is kept of an answer. */
function take(record, event) {
  record.waiting = event.waiting;
  const choice = event.choices?.[0];
  record.model = event.model || record.model;
  record.text += choice?.delta.content ?? '';
  record.reasoning += choice?.delta.reasoning_content ?? '';
  record.cut = choice?.finish_reason === 'length' || record.cut;
  if (event.edgebox?.attempt) {
    record.attempts.push(event.edgebox.attempt);
  }
  record.verification = choice?.edgebox?.verification ?? record.verification;
  record.seconds = parseFloat(choice?.edgebox?.timings?.decode ?? record.seconds ?? '0');
  if (event.usage) {
    const tokens = event.usage.completion_tokens;
    record.usage = { tokens, rate: Math.round(tokens / Math.max(record.seconds, 0.001)) };
  }
}

/** What the model is told: the questions that it answered, and the last one. A task works on its text alone. */
function messagesOf(talk, task) {
  const last = talk.messages.at(-1);
  if (task) {
    return [{ role: 'user', content: [...last.files.map(file => file.text), last.text].filter(Boolean).join('\n\n') }];
  }
  const before = talk.messages.slice(0, -1).flatMap((message, at, all) =>
    (message.role === 'assistant' && message.text !== '' && all[at - 1]?.role === 'user'
      ? [{ role: 'user', content: contentOf(all[at - 1]) }, { role: 'assistant', content: message.text }] : []));
  return [...before, { role: 'user', content: contentOf(last) }];
}

function contentOf({ text, files }) {
  const parts = files.map(file => ({ type: 'text', text: `${say('fileIn', { name: file.name })}\n\n${file.text}\n\n` }));
  return parts.length === 0 ? text : [...parts, ...(text === '' ? [] : [{ type: 'text', text }])];
}
