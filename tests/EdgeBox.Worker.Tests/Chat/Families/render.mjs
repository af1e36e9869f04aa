// Renders conversations with the families' own templates: a case a line in, {"template": path, "context": {...}}; its text a line out.
// A context may bring its own template.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Template } from '@huggingface/jinja';

const templates = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { template, context } = JSON.parse(line);
    if (context.template || !templates.has(template)) {
      templates.set(template, new Template(context.template ?? readFileSync(template, 'utf8')));
    }

    answer = { text: templates.get(template).render(context) };
  } catch (error) {
    answer = { error: String(error.message) };
  }

  process.stdout.write(JSON.stringify(answer) + '\n');
}
