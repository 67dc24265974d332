// Starts the stage, runs every *.test.js against it, stops the stage; exits as the tests do.
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

async function main() {
  const stage = spawn(process.argv[2], [], {stdio: ['pipe', 'pipe', 'inherit']});
  const ended = new Promise((resolve) => stage.once('exit', resolve));
  const lines = readline.createInterface({input: stage.stdout});
  const place = await new Promise((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line)));
    ended.then((code) => reject(new Error(`the stage ended with ${code}`)));
  });
  const tests = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js')).sort();
  const runner = spawn(
      process.execPath,
      ['--test', '--test-concurrency=1', '--test-reporter=spec', ...tests.map((name) => path.join(__dirname, name))], {
        stdio: ['ignore', 'inherit', 'inherit'],
        // The SDK has no setting for an authority of one's own: Node's environment is the way its users have.
        env: {...process.env, NODE_EXTRA_CA_CERTS: place.caFile, DIRBRIDGE_STAGE: JSON.stringify(place)},
      });
  const code = await new Promise((resolve) => runner.once('exit', resolve));
  stage.stdin.end();
  await ended;
  return code === 0 ? 0 : 1;
}

main().then((code) => process.exit(code), (problem) => {
  console.error(problem);
  process.exit(1);
});
