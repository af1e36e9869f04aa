// Asks a box through Anthropic's own package, as it is, and prints one line of JSON: what it saw. Arguments as for openai.mjs.
import Anthropic from '@anthropic-ai/sdk';

const [baseURL, apiKey, calling, answering, endless] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Who are you?' }];
const input_schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const tools = [{ name: 'get_weather', description: 'Tells the weather.', input_schema }];
const seen = {};

const whole = await client.messages.create({ model: answering, max_tokens: 400, messages });
seen.answer = whole.content;
seen.stop = whole.stop_reason;
seen.counted = (await client.messages.countTokens({ model: answering, messages })).input_tokens
  === whole.usage.input_tokens + whole.usage.cache_read_input_tokens;

const thinking = await client.messages.stream({ model: answering, max_tokens: 4000, messages, thinking: { type: 'enabled', budget_tokens: 1024 } }).finalMessage();
seen.thinking = thinking.content.map(block => block.type);
const called = await client.messages.stream({ model: calling, max_tokens: 400, messages, tools }).finalMessage();
seen.call = called.content.filter(block => block.type === 'tool_use').map(block => [block.name, block.input]);
seen.calledStop = called.stop_reason;

seen.errors = [];
for (const ask of [
  () => client.messages.create({ model: 'nobody', max_tokens: 4, messages }),
  () => client.messages.create({ model: answering, max_tokens: 4, messages, temperature: 9 }),
  () => new Anthropic({ baseURL, apiKey: 'wrong', maxRetries: 0 }).messages.create({ model: answering, max_tokens: 4, messages }),
]) {
  await ask().then(() => seen.errors.push('none'), error => seen.errors.push([error.constructor.name, error.status]));
}

let pieces = 0;
for await (const event of await client.messages.create({ model: endless, max_tokens: 100000, messages, stream: true })) {
  if (++pieces === 5) break; // Leaving the loop aborts the request.
}
seen.aborted = pieces;
console.log(JSON.stringify(seen));
