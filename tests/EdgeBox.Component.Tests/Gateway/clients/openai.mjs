// Asks a box through OpenAI's own package, as it is, and prints one line of JSON: what it saw.
// Arguments: address of the gateway; keys that may do everything, only embed, and no more today. The models have the names of what they do.
import OpenAI from 'openai';

const [baseURL, apiKey, narrow, spent] = process.argv.slice(2);
const clientOf = key => new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: key, maxRetries: 0 });
const client = clientOf(apiKey);
const messages = [{ role: 'user', content: 'Who are you?' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const tool = name => ({ type: 'function', function: { name, description: 'Tells something.', parameters } });
const tools = [tool('get_weather')];
const seen = {};

seen.models = (await client.models.list()).data.map(model => model.id);
seen.model = (await client.models.retrieve('answering')).context_length;

const whole = await client.chat.completions.create({ model: 'answering', messages });
seen.answer = whole.choices[0].message.content;
seen.reasoning = whole.choices[0].message.reasoning_content;
seen.finish = whole.choices[0].finish_reason;
seen.requestId = typeof whole._request_id === 'string' && whole._request_id.startsWith('req_');

const stream = client.chat.completions.stream({ model: 'answering', messages, stream_options: { include_usage: true } });
seen.streamed = (await stream.finalChatCompletion()).choices[0].message.content;
seen.usage = (await stream.totalUsage()).total_tokens === whole.usage.total_tokens;
seen.two = (await client.chat.completions.create({ model: 'answering', messages, n: 2, logprobs: true, top_logprobs: 2 })).choices
  .map(choice => choice.logprobs.content.map(token => token.token).join('').length > 40 && choice.message.content);

const called = await client.chat.completions.stream({ model: 'calling', messages, tools }).finalChatCompletion();
seen.call = called.choices[0].message.tool_calls.map(call => [call.function.name, call.function.arguments]);
seen.calledFinish = called.choices[0].finish_reason;
const both = { model: 'calling-twice', messages, tools: [tool('get_weather'), tool('get_time')] };
for (const [name, more] of [['calls', {}], ['firstCall', { parallel_tool_calls: false }]]) {
  const several = (await client.chat.completions.stream({ ...both, ...more }).finalChatCompletion()).choices[0].message.tool_calls;
  const again = (await client.chat.completions.create({ ...both, ...more })).choices[0].message.tool_calls;
  seen[name] = [several, again].map(calls => calls.map(call => `${call.type} ${call.function.name} ${JSON.parse(call.function.arguments).city}`));
  seen[name + 'Ids'] = new Set(several.map(call => call.id)).size;
}

const typed = await client.chat.completions.create({
  model: 'answering', messages, max_tokens: 400,
  response_format: { type: 'json_schema', json_schema: { name: 'yes', strict: true, schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false } } },
});
seen.typed = typeof JSON.parse(typed.choices[0].message.content).ok;
seen.completion = (await client.completions.create({ model: 'endless', prompt: 'Go on', max_tokens: 3 })).usage.completion_tokens;

const response = await client.responses.create({ model: 'answering', input: 'Who are you?' });
seen.response = [response.status, response.output_text, response.output.map(item => item.type)];
let told = '';
const answering = client.responses.stream({ model: 'answering', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Who are you?' }] }] });
for await (const event of answering) if (event.type === 'response.output_text.delta') told += event.delta;
seen.responseStreamed = [(await answering.finalResponse()).output_text, told];
const events = [];
const responding = client.responses.stream({ model: 'calling', input: 'Weather?', tools: [{ type: 'function', name: 'get_weather', strict: true, parameters }] });
for await (const event of responding) if (events.at(-1) !== event.type) events.push(event.type);
seen.responseEvents = events;
seen.responseCall = (await responding.finalResponse()).output.filter(item => item.type === 'function_call').map(item => [item.name, item.arguments]);

const input = ['hello world', 'the end'];
const floats = (await client.embeddings.create({ model: 'embedding', input, encoding_format: 'float' })).data.map(row => row.embedding);
const asUsual = (await client.embeddings.create({ model: 'embedding', input })).data.map(row => row.embedding); // The package asks for base64 and reads it.
const base64 = (await client.embeddings.create({ model: 'embedding', input: input[0], encoding_format: 'base64' })).data[0].embedding;
const near = (one, other) => one.length === other.length && one.every((value, i) => Math.abs(value - other[i]) < 1e-4);
const bytes = Buffer.from(base64, 'base64');
seen.embeddings = [floats.length, floats[0].length, near(floats[0], asUsual[0]) && near(floats[1], asUsual[1]),
  near(floats[0], [...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))])];
const ranked = await client.post('/rerank', { body: { model: 'ranking', query: 'the query', documents: ['hello world', 'the end', 'a'], top_n: 2, return_documents: true } });
seen.ranked = [ranked.results.length, ranked.results[0].relevance_score >= ranked.results[1].relevance_score, ranked.results.every(row => ['hello world', 'the end', 'a'][row.index] === row.document.text)];

seen.errors = [];
for (const ask of [
  () => client.chat.completions.create({ model: 'nobody', messages }),
  () => client.chat.completions.create({ model: 'Foo/Bar', messages, stream: true }),
  () => client.models.retrieve('Foo/Bar'),
  () => client.chat.completions.create({ model: 'answering', messages, temperature: 9 }),
  () => client.chat.completions.create({ model: 'answering', messages: [{ role: 'user', content: 'x'.repeat(9000) }] }),
  () => client.responses.create({ model: 'answering', input: 'x', previous_response_id: 'resp_1' }),
  () => client.post('/rerank', { body: { model: 'answering', query: 'x', documents: ['y'] } }),
  () => client.audio.speech.create({ model: 'answering', input: 'x', voice: 'alloy' }),
  () => client.get('/nothing'),
  () => clientOf('wrong').models.list(),
  () => clientOf(narrow).chat.completions.create({ model: 'answering', messages }),
  () => clientOf(spent).chat.completions.create({ model: 'answering', messages }),
]) {
  await ask().then(() => seen.errors.push('none'), error => seen.errors.push(
    [error.constructor.name, error.status, error.code ?? '-', error.param ?? '-', error.requestID?.startsWith('req_') ? '' : 'no id', error.headers?.get('retry-after') ? 'retry-after' : ''].join(' ').trim()));
}

let pieces = 0;
for await (const chunk of await client.chat.completions.create({ model: 'endless', messages, stream: true })) {
  if (++pieces === 5) break; // Leaving the loop aborts the request.
}
seen.aborted = pieces;
// The model has one slot: this waits until it is free.
seen.afterAbort = (await client.chat.completions.create({ model: 'endless', messages, max_tokens: 2 })).usage.completion_tokens;
console.log(JSON.stringify(seen));
