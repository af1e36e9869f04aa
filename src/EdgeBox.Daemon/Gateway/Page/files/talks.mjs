// Keeps conversations in this browser, apart for each name of a key. Where the browser keeps nothing they live as long as the tab.

const stores = ['heads', 'bodies'];

const wait = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** The conversations of one key's holder. */
export class Talks {
  #owner;
  #database;
  #memory = new Map();

  static async open(owner) {
    const talks = new Talks();
    talks.#owner = owner;
    try {
      const opening = indexedDB.open('edgebox', 1);
      opening.onupgradeneeded = () => stores.forEach(store => opening.result.createObjectStore(store, { keyPath: 'id' }));
      talks.#database = await wait(opening);
    } catch {
      talks.#database = null;
    }
    return talks;
  }

  /** Whether they outlive the tab. */
  get isKept() {
    return this.#database !== null;
  }

  /** A new one; it is kept when it is saved. */
  create() {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, '0')).join('');
    return { id, owner: this.#owner, title: '', updated: Date.now(), messages: [] };
  }

  /** What they are called, the newest first. */
  async list() {
    const heads = this.#database ? await wait(this.#on('readonly').objectStore('heads').getAll()) : [...this.#memory.values()];
    return heads.filter(head => head.owner === this.#owner).sort((a, b) => b.updated - a.updated);
  }

  /** One, whole; undefined if it is gone. */
  async read(id) {
    if (!this.#database) {
      return this.#memory.get(id);
    }
    const change = this.#on('readonly');
    const [head, body] = await Promise.all(stores.map(store => wait(change.objectStore(store).get(id))));
    return head && { ...head, messages: body.messages };
  }

  async save(talk) {
    if (!this.#database) {
      this.#memory.set(talk.id, talk);
      return;
    }
    const { messages, ...head } = talk;
    const change = this.#on('readwrite');
    change.objectStore('heads').put(head);
    await wait(change.objectStore('bodies').put({ id: talk.id, messages }));
  }

  async remove(id) {
    if (!this.#database) {
      this.#memory.delete(id);
      return;
    }
    const change = this.#on('readwrite');
    await Promise.all(stores.map(store => wait(change.objectStore(store).delete(id))));
  }

  #on(mode) {
    return this.#database.transaction(stores, mode);
  }
}

/** A conversation as a text that people can read. */
export function asMarkdown(talk, say) {
  const parts = talk.messages.map(message => {
    const files = (message.files ?? []).map(file => `**${say('fileIn', { name: file.name })}**\n\n${file.text}`);
    return [`## ${message.role === 'user' ? say('you') : message.model}`, ...files, message.text].join('\n\n');
  });
  return `# ${talk.title}\n\n${parts.join('\n\n')}\n`;
}
