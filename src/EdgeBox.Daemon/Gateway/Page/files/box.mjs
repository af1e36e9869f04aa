// Asks the box.

/** The box refused, or could not be reached (status 0). */
export class Refusal extends Error {
  constructor(status, message, reason = '', retryAfter = 0) {
    super(message);
    Object.assign(this, { status, reason, retryAfter });
  }
}

/** The box, with the key of whoever signed in. */
export class Box {
  constructor(key) {
    this.headers = { authorization: `Bearer ${key}` };
  }

  status() {
    return this.#get('/edgebox/v1/status');
  }

  async models() {
    return (await this.#get('/v1/models')).data;
  }

  async tasks(model) {
    return (await this.#get(`/edgebox/v1/tasks?model=${encodeURIComponent(model)}`)).tasks ?? [];
  }

  /**
   * Asks for an answer and tells its events as they come, {waiting} or a chunk of the API.
   * @returns Whether the answer came whole.
   */
  async ask(body, signal, tell) {
    const response = await this.#send('/v1/chat/completions', {
      method: 'POST',
      signal,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    });
    for await (const line of lines(response.body)) {
      if (line === 'data: [DONE]') {
        return true;
      }
      if (line.startsWith(': waiting, place ')) {
        tell({ waiting: parseInt(line.slice(17), 10) });
      } else if (line.startsWith('data: ')) {
        const event = JSON.parse(line.slice(6));
        if (event.error) {
          throw new Refusal(response.status, event.error.message, event.error.edgebox?.reason);
        }
        tell(event);
      }
    }
    return false;
  }

  async #get(path) {
    return (await this.#send(path, { headers: this.headers })).json();
  }

  async #send(path, request) {
    let response;
    try {
      response = await fetch(path, { ...request, cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' });
    } catch (fault) {
      throw fault.name === 'AbortError' ? fault : new Refusal(0, fault.message);
    }
    if (response.ok) {
      return response;
    }
    const told = await response.json().catch(() => ({}));
    throw new Refusal(
      response.status, told.error?.message ?? `HTTP ${response.status}`, told.error?.edgebox?.reason, Number(response.headers.get('retry-after') ?? 0));
  }
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const parts = (held + value).split('\n');
      held = parts.pop();
      yield* parts;
    }
  } finally {
    reader.cancel().catch(() => {}); // Whoever stops reading wants no more of it.
  }
}
