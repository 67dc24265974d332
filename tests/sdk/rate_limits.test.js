// A hub of its own that enforces a small limit: the SDK is told 429, waits until the window has ended, and succeeds.
'use strict';
const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const {after, before, describe, test} = require('node:test');
const {place, client, all} = require('./support/stage');

describe('a hub that enforces its rate limits', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dirbridge-limits-'));
  let hub;
  let ready;
  const token = () => fs.readFileSync(ready.operator_token_file, 'utf8').trim();

  before(async () => {
    // Its certificate is of the authority that the tests trust.
    const authority = path.dirname(place.caFile);
    hub = spawn(place.program, [
      'hub', '--data-dir', path.join(folder, 'hub'), '--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0',
      '--certificate-file', path.join(authority, 'hub.pem'), '--key-file', path.join(authority, 'hub.key'),
      '--rate-limit', '3', '--rate-limit-window', '2s', '--rate-limit-enforce', 'true', '--print-ready',
      // Settings come from DIRBRIDGE_… too; those of the tests are none.
      '--log-level', 'warn'], {stdio: ['ignore', 'pipe', 'inherit'], env: {PATH: process.env.PATH}});
    ready = await new Promise((resolve, reject) => {
      readline.createInterface({input: hub.stdout}).once('line', (line) => resolve(JSON.parse(line)));
      hub.once('exit', (code) => reject(new Error(`the hub ended with ${code}`)));
    });
  });
  after(async () => {
    if (hub?.exitCode === null) {
      const ended = new Promise((resolve) => hub.once('exit', resolve));
      hub.kill('SIGTERM');
      await ended;
    }
    fs.rmSync(folder, {recursive: true, force: true});
  });

  for (const face of ['http', 'https']) {
    test(`lets the SDK back off and succeed over ${face}`, async () => {
      const waits = [];
      const one = client(face === 'http' ? ready.url : ready.tls_url, {token: token()});
      one.requestExecutor.on('backoff', (request, response, requestId, ms) => waits.push({response, requestId, ms}));
      for (let i = 0; i < 4; ++i) assert.deepEqual(await all(one.userApi.listUsers()), []);
      assert.ok(waits.length >= 1);
      const [{response, requestId, ms}] = waits;
      assert.equal(response.status, 429);
      assert.equal(response.headers.get('x-rate-limit-limit'), '3');
      assert.equal(response.headers.get('x-rate-limit-remaining'), '0');
      assert.equal(response.headers.get('x-okta-request-id'), requestId);
      assert.ok(ms > 0 && ms <= 5000, `${ms}`);
    });
  }

  test('tells a client that does not retry', async () => {
    const url = `${ready.url}/api/v1/agentPools`;
    const headers = {Authorization: `SSWS ${token()}`};
    const statuses = [];
    for (let i = 0; i < 4; ++i) statuses.push((await fetch(url, {headers})).status);
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    const refused = await fetch(url, {headers});
    assert.equal((await refused.json()).errorCode, 'E0000047');
    assert.equal(refused.headers.get('retry-after'), null);
    assert.equal(refused.headers.get('x-rate-limit-limit'), '3');
    assert.equal(refused.headers.get('x-rate-limit-remaining'), '0');
  });
});
