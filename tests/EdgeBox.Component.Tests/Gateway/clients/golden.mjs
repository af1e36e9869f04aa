// Reads the golden streams of the gateway with the packages of both APIs, and prints one line of JSON: what each makes of each. Argument: their directory.
import fs from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const directory = process.argv[2];
const seen = {};
for (const file of fs.readdirSync(directory).sort()) {
  const bytes = fs.readFileSync(path.join(directory, file));
  const fetch = async () => new Response(bytes, { headers: { 'content-type': 'text/event-stream' } });
  const openai = new OpenAI({ apiKey: 'x', maxRetries: 0, fetch });
  const anthropic = new Anthropic({ apiKey: 'x', maxRetries: 0, fetch });
  const messages = [{ role: 'user', content: 'x' }];
  const read = {
    chat: async () => {
      const { message, finish_reason } = (await openai.chat.completions.stream({ model: 'm', messages }).finalChatCompletion()).choices[0];
      return [finish_reason, message.content, (message.tool_calls ?? []).map(call => `${call.function.name}(${call.function.arguments})`)].flat();
    },
    response: async () => {
      const response = await openai.responses.stream({ model: 'm', input: 'x' }).finalResponse();
      return [response.status, response.output_text, response.output.map(item => item.type)].flat();
    },
    message: async () => {
      const message = await anthropic.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage();
      return [message.stop_reason, message.content.map(block => block.text ?? block.thinking ?? `${block.name}(${JSON.stringify(block.input)})`)].flat();
    },
  }[file.split('-')[0]];
  seen[file.replace('.sse', '')] = await read().then(what => what.join('|'), error => `${error.constructor.name}: ${error.message.includes('died')}`);
}

console.log(JSON.stringify(seen));
