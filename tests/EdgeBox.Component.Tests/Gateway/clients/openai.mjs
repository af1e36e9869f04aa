// Asks a box through OpenAI's own package, as it is, and prints one line of JSON: what it saw.
// Arguments: address of the gateway, key, model that calls a tool, model that answers, model that counts without end.
import OpenAI from 'openai';

const [baseURL, apiKey, calling, answering, endless] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Who are you?' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Tells the weather.', parameters } }];
const seen = {};

seen.models = (await client.models.list()).data.map(model => model.id);

const whole = await client.chat.completions.create({ model: answering, messages });
seen.answer = whole.choices[0].message.content;
seen.reasoning = whole.choices[0].message.reasoning_content;
seen.finish = whole.choices[0].finish_reason;

const stream = client.chat.completions.stream({ model: answering, messages, stream_options: { include_usage: true } });
seen.streamed = (await stream.finalChatCompletion()).choices[0].message.content;
seen.usage = (await stream.totalUsage()).total_tokens === whole.usage.total_tokens;

const called = await client.chat.completions.stream({ model: calling, messages, tools }).finalChatCompletion();
seen.call = called.choices[0].message.tool_calls.map(call => [call.function.name, call.function.arguments]);
seen.calledFinish = called.choices[0].finish_reason;

const typed = await client.chat.completions.create({
  model: answering, messages, max_tokens: 400,
  response_format: { type: 'json_schema', json_schema: { name: 'yes', strict: true, schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false } } },
});
seen.typed = typeof JSON.parse(typed.choices[0].message.content).ok;

const response = await client.responses.create({ model: answering, input: 'Who are you?' });
seen.response = [response.status, response.output_text, response.output.map(item => item.type)];
const events = [];
const responding = client.responses.stream({ model: calling, input: 'Weather?', tools: [{ type: 'function', name: 'get_weather', strict: true, parameters }] });
for await (const event of responding) events.push(event.type);
seen.responseEvents = [events[0], events[events.length - 1]];
seen.responseCall = (await responding.finalResponse()).output.filter(item => item.type === 'function_call').map(item => [item.name, item.arguments]);

seen.errors = [];
for (const ask of [
  () => client.chat.completions.create({ model: 'nobody', messages }),
  () => client.chat.completions.create({ model: answering, messages, temperature: 9 }),
  () => client.responses.create({ model: answering, input: 'x', previous_response_id: 'resp_1' }),
  () => new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'wrong', maxRetries: 0 }).models.list(),
]) {
  await ask().then(() => seen.errors.push('none'), error => seen.errors.push([error.constructor.name, error.status, error.param ?? null, error.code]));
}

const counting = await client.chat.completions.create({ model: endless, messages, stream: true });
let pieces = 0;
for await (const chunk of counting) {
  if (++pieces === 5) break; // Leaving the loop aborts the request.
}
seen.aborted = pieces;
console.log(JSON.stringify(seen));
