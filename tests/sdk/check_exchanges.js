// Every answer that the end-to-end tests recorded is one that Okta's description or ours allows. Takes the records with it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {checkAnswer, checked} = require('./support/check_answer');

const folder = process.argv[2];
const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
const violations = new Map();
let seen = 0;
for (const name of files) {
  const file = path.join(folder, name);
  for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const {method, target, status, type, body} = JSON.parse(line);
    ++seen;
    try {
      const url = target.startsWith('/') ? `http://hub${target}` : undefined;
      checkAnswer({method, url, status, body, headers: new Headers(type ? {'content-type': type} : {})});
    } catch (problem) {
      violations.set(problem.message.split('\n')[0], problem.message);
    }
  }
  fs.rmSync(file);
}
for (const [operation, count] of [...checked].sort()) console.log(`${count}\t${operation}`);
console.log(`${seen} answers, ${violations.size} kinds of violation`);
for (const text of violations.values()) console.error(text);
if (checked.size < 10) console.error('too few kinds of answers were recorded: did the tests run?');
process.exit(violations.size > 0 || checked.size < 10 ? 1 : 0);
