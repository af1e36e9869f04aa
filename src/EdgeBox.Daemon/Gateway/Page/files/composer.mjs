// Where a question is written: text, files, task with its parameters, model and effort.
import { byId, icon, iconButton, make } from './dom.mjs';
import { Texts } from './texts.mjs';
import { shortName } from './status.mjs';
import { say } from './words.mjs';

const keptModel = 'edgebox-model';
const efforts = { '': 'effortUsual', low: 'effortLow', medium: 'effortMedium', high: 'effortHigh' };

/** The form; it asks by calling ask({text, files, task, model, effort}). */
export class Composer {
  #box;
  #ask;
  #stop;
  #changed;
  #texts = new Texts();
  #models = [];
  #loading = 0;
  isRunning = false;
  tasks = [];

  /**
   * @param box Tells models and tasks.
   * @param ask Asks what was written.
   * @param stop Stops the answer that is being made.
   * @param changed Told when another model was chosen and its tasks are known.
   */
  constructor(box, { ask, stop, changed }) {
    this.#box = box;
    this.#ask = ask;
    this.#stop = stop;
    this.#changed = changed;
    this.text = byId('text');
    byId('composer').onsubmit = event => this.#submit(event);
    byId('attach').onclick = () => byId('file').click();
    byId('file').onchange = () => this.#add([...byId('file').files]);
    byId('model').onchange = () => this.#choose();
    byId('task').onchange = () => this.#drawTask();
    this.text.oninput = () => this.#grow();
    this.text.onpaste = event => event.clipboardData.files.length > 0 && this.#add([...event.clipboardData.files]);
    this.text.onkeydown = event => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !this.isRunning) {
        event.preventDefault();
        byId('composer').requestSubmit();
      }
    };
    this.#takeDrops();
  }

  get model() {
    return byId('model').value;
  }

  /** Whether the model that is chosen can answer in words, as far as is known while it is not in memory. */
  get entry() {
    return this.#models.find(model => model.id === this.model);
  }

  /** Reads the models again and keeps the one that is chosen. */
  async refresh() {
    const models = (await this.#box.models()).filter(model => model.edgebox.chat || model.edgebox.state !== 'ready');
    const news = JSON.stringify(models.map(model => [model.id, model.edgebox.thinks])) !== JSON.stringify(this.#models.map(model => [model.id, model.edgebox.thinks]));
    this.#models = models;
    if (news) {
      const wanted = this.model || localStorage.getItem(keptModel);
      const best = models.find(model => model.id === wanted) ?? models.find(model => model.edgebox.state === 'ready') ?? models[0];
      byId('model').replaceChildren(...models.map(model => make('option', { value: model.id }, shortName(model.id))));
      byId('model').value = best?.id ?? '';
      await this.#readTasks();
    }
  }

  /** Writes everything in the language in force. */
  draw() {
    byId('attach').replaceChildren(icon('attach'));
    const chosen = byId('effort').value;
    byId('effort').replaceChildren(...Object.entries(efforts).map(([value, word]) => make('option', { value }, say(word))));
    byId('effort').value = chosen;
    byId('effort-pick').hidden = !this.entry?.edgebox.thinks;
    const task = byId('task').value;
    byId('task').replaceChildren(make('option', { value: '' }, say('noTask')), ...this.tasks.map(({ name }) => make('option', { value: name }, name)));
    byId('task').value = task;
    byId('task-row').hidden = this.tasks.length === 0;
    this.#drawTask();
    this.#drawFiles();
    this.setRunning(this.isRunning);
  }

  /** Shows whether an answer is being made: the button sends, or stops. */
  setRunning(running) {
    this.isRunning = running;
    const word = say(running ? 'stop' : 'send');
    byId('send').replaceChildren(icon(running ? 'stop' : 'send'));
    byId('send').setAttribute('aria-label', word);
    byId('send').title = word;
  }

  /** Chooses a task and writes its text; the parameters are those of the sample. */
  fill(name, text = '', parameters = {}) {
    byId('task').value = name;
    this.#drawTask(parameters);
    this.text.value = text;
    this.#grow();
    this.text.focus();
  }

  #submit(event) {
    event.preventDefault();
    if (this.isRunning) {
      this.#stop();
      return;
    }
    const text = this.text.value.trim();
    const missing = this.#inputs().find(input => input.required && input.value.trim() === '');
    if (missing) {
      this.refuse(say('missing', { name: missing.name }));
      missing.focus();
    } else if ((text !== '' || this.#texts.all.length > 0) && this.model) {
      this.refuse('');
      const files = this.#texts.take();
      this.text.value = '';
      this.#grow();
      this.#drawFiles();
      this.#ask({ text, files, task: this.#taskOf(), model: this.model, effort: byId('effort-pick').hidden ? '' : byId('effort').value });
    }
  }

  /** Says why something was not taken. */
  refuse(text) {
    byId('refused').textContent = text;
  }

  #taskOf() {
    const name = byId('task').value;
    const filled = this.#inputs().map(input => [input.name, input.value.trim()]).filter(([, value]) => value !== '');
    return name ? { name, parameters: Object.fromEntries(filled) } : null;
  }

  #inputs() {
    return [...byId('parameters').querySelectorAll('input')];
  }

  #drawTask(values = {}) {
    const task = this.tasks.find(({ name }) => name === byId('task').value);
    const before = Object.fromEntries(this.#inputs().map(input => [input.name, input.value]));
    byId('parameters').replaceChildren(...(task?.parameters ?? []).map(place => make('label', {}, place.name, ' ', make('input', {
      name: place.name, required: !place.default_value, placeholder: place.default_value || place.description || '', title: place.description || place.name,
      value: values[place.name] ?? before[place.name] ?? '', autocomplete: 'off', dir: 'auto',
    }))));
    byId('task-note').textContent = task ? [task.description, say('taskAlone')].filter(Boolean).join(' ') : '';
    this.text.placeholder = say(task ? 'textHere' : 'askHere');
  }

  async #choose() {
    localStorage.setItem(keptModel, this.model);
    await this.#readTasks();
  }

  async #readTasks() {
    const turn = ++this.#loading;
    const tasks = this.model ? await this.#box.tasks(this.model).catch(() => []) : [];
    if (turn === this.#loading) {
      this.tasks = tasks;
      this.draw();
      this.#changed();
    }
  }

  #grow() {
    this.text.parentElement.dataset.text = this.text.value.slice(0, 5000);
  }

  async #add(files) {
    this.refuse('');
    try {
      await this.#texts.add(files);
    } catch (fault) {
      this.refuse(fault.message);
    }
    byId('file').value = '';
    this.#drawFiles();
    this.text.focus();
  }

  #drawFiles() {
    byId('files').replaceChildren(...this.#texts.all.map(file => make('li', { class: 'chip' }, make('span', { dir: 'auto' }, file.name),
      iconButton('cross', say('takeOut', { name: file.name }), () => {
        this.#texts.all.splice(this.#texts.all.indexOf(file), 1);
        this.#drawFiles();
        this.text.focus();
      }))));
  }

  /** Files may be dropped anywhere; the browser must not go to them. */
  #takeDrops() {
    const holdsFiles = event => event.dataTransfer?.types.includes('Files');
    window.ondragover = event => {
      if (holdsFiles(event)) {
        event.preventDefault();
        byId('drop').hidden = false;
      }
    };
    window.ondragleave = event => {
      byId('drop').hidden = event.relatedTarget === null || byId('drop').hidden;
    };
    window.ondrop = event => {
      byId('drop').hidden = true;
      if (holdsFiles(event)) {
        event.preventDefault();
        this.#add([...event.dataTransfer.files]);
      }
    };
  }
}
