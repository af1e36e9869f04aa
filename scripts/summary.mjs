// Reads the reports of test projects: node summary.mjs DIRECTORY SECONDS
// Prints what failed, what was skipped and why, and one closing line. Exits 1 when anything failed.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory, seconds] = process.argv.slice(2);
const failed = [];
const skipped = new Map();
const slow = [];
let passed = 0;
let skips = 0;

for (const file of readdirSync(directory).filter((name) => name.endsWith('.exit')).sort()) {
  const project = file.slice(0, -'.exit'.length);
  const code = Number(readFileSync(join(directory, file), 'utf8'));
  const report = join(directory, `${project}.json`);
  const before = failed.length;
  for (const test of existsSync(report) ? JSON.parse(readFileSync(report, 'utf8').replace(/[\u0000-\u001f]/g, ' ')).results.tests : []) {
    if (test.status === 'passed') {
      passed += 1;
      slow.push([test.duration, test.name]);
    } else if (test.status === 'skipped' || test.status === 'pending') {
      const reason = (test.message ?? 'no reason given').split('\n')[0];
      skipped.set(reason, [...(skipped.get(reason) ?? []), test.name]);
      skips += 1;
    } else {
      // The rest is a log for the most part, whose end tells most.
      const [first, ...more] = (test.message ?? test.status).trim().split('\n');
      failed.push([`${test.name}: ${first}`, ...more.slice(-20)].map((line) => line.slice(0, 400)).join('\n      '));
    }
  }

  // A project can also fail as a whole: it crashed, ran out of time, or has too few tests.
  if (code !== 0 && failed.length === before) {
    const why = { 3: 'it was stopped: out of time', 8: 'it has no tests', 9: 'it ran fewer tests than scripts/test.sh expects', 124: 'it hung and was ended', 137: 'it hung and was killed' }[code];
    failed.push(project === 'format' ? 'white space: run make format' : `${project}: ${why ?? `it ended with exit code ${code}`}`);
  }

  const left = join(directory, `${project}.left`);
  if (existsSync(left)) {
    failed.push(`${project}: it left processes behind:\n      ${readFileSync(left, 'utf8').trim().replaceAll('\n', '\n      ')}`);
  }
}

const list = (title, lines) => lines.length > 0 && console.log(`${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`);

slow.sort((a, b) => b[0] - a[0]);
list('slowest', slow.slice(0, 5).filter(([duration]) => duration >= 1000).map(([duration, name]) => `${(duration / 1000).toFixed(1)} s  ${name}`));
list('skipped', [...skipped].flatMap(([reason, names]) => [reason, ...names.map((name) => `  ${name}`)]));
list('failed', failed);
console.log(`${seconds} s`);
const closing = `${passed} passed, ${failed.length} failed${skips > 0 ? `, ${skips} skipped` : ''}`;
writeFileSync(join(directory, 'closing'), `${closing}\n`);
console.log(closing);
process.exit(failed.length > 0 || passed === 0 ? 1 : 0);
