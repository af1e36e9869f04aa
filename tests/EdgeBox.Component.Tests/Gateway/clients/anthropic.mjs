// Asks a box through Anthropic's own package, as it is, and prints one line of JSON: what it saw. Arguments as for openai.mjs.
import Anthropic from '@anthropic-ai/sdk';

const [baseURL, apiKey, narrow, spent] = process.argv.slice(2);
const clientOf = key => new Anthropic({ baseURL, apiKey: key, maxRetries: 0 });
const client = clientOf(apiKey);
const messages = [{ role: 'user', content: 'Who are you?' }];
const input_schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const tool = name => ({ name, description: 'Tells something.', input_schema });
const calls = message => message.content.filter(block => block.type === 'tool_use').map(block => [block.name, block.input]);
const seen = {};

seen.models = (await client.models.list()).data.map(model => model.id).includes('answering');
const whole = await client.messages.create({ model: 'answering', max_tokens: 400, messages });
seen.answer = whole.content;
seen.stop = whole.stop_reason;
seen.requestId = typeof whole._request_id === 'string' && whole._request_id.startsWith('req_');
seen.counted = (await client.messages.countTokens({ model: 'answering', messages })).input_tokens
  === whole.usage.input_tokens + whole.usage.cache_read_input_tokens;

const thinking = await client.messages.stream({ model: 'answering', max_tokens: 4000, messages, thinking: { type: 'enabled', budget_tokens: 1024 } }).finalMessage();
seen.thinking = thinking.content.map(block => block.type);
const called = await client.messages.stream({ model: 'calling', max_tokens: 400, messages, tools: [tool('get_weather')] }).finalMessage();
seen.call = calls(called);
seen.calledStop = called.stop_reason;
const both = { model: 'calling-twice', max_tokens: 400, messages, tools: [tool('get_weather'), tool('get_time')] };
seen.calls = [calls(await client.messages.stream(both).finalMessage()), calls(await client.messages.create(both))];
seen.firstCall = calls(await client.messages.create({ ...both, tool_choice: { type: 'auto', disable_parallel_tool_use: true } }));
const typed = await client.messages.create({
  model: 'answering', max_tokens: 400, messages,
  output_config: { format: { type: 'json_schema', schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false } } },
});
seen.typed = typeof JSON.parse(typed.content[0].text).ok;

seen.errors = [];
for (const ask of [
  () => client.messages.create({ model: 'nobody', max_tokens: 4, messages }),
  () => client.messages.create({ model: 'claude-sonnet-4.5 (latest)', max_tokens: 4, messages, stream: true }),
  () => client.messages.create({ model: 'answering', max_tokens: 4, messages, temperature: 9 }),
  () => client.messages.create({ model: 'answering', max_tokens: 4, messages: [{ role: 'user', content: 'x'.repeat(9000) }] }),
  () => clientOf('wrong').messages.create({ model: 'answering', max_tokens: 4, messages }),
  () => clientOf(narrow).messages.create({ model: 'answering', max_tokens: 4, messages }),
  () => clientOf(spent).messages.create({ model: 'answering', max_tokens: 4, messages }),
]) {
  await ask().then(() => seen.errors.push('none'), error => seen.errors.push(
    [error.constructor.name, error.status, error.error?.error?.type, error.requestID?.startsWith('req_') ? '' : 'no id', error.headers?.get('retry-after') ? 'retry-after' : ''].join(' ').trim()));
}

let pieces = 0;
for await (const event of await client.messages.create({ model: 'endless', max_tokens: 100000, messages, stream: true })) {
  if (++pieces === 5) break; // Leaving the loop aborts the request.
}
seen.aborted = pieces;
// The model has one slot: this waits until it is free.
seen.afterAbort = (await client.messages.create({ model: 'endless', max_tokens: 2, messages })).usage.output_tokens;
console.log(JSON.stringify(seen));
