// Our own surface: docs/openapi.yaml is without a fault, names every call that Okta's description does not, and the hub
// answers as it says.
'use strict';
const assert = require('node:assert/strict');
const {generateKeyPairSync} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {describe, test} = require('node:test');
const {createConfig, lint} = require('@redocly/openapi-core');
const {checked, official, own} = require('./support/check_answer');
const {place, faces, token, client, group} = require('./support/stage');

const root = path.join(__dirname, '..', '..');
const file = path.join(root, 'docs', 'openapi.yaml');

describe('the operator API', () => {
  test('is described without a fault', async () => {
    const config = await createConfig({extends: ['recommended'], rules: {'no-empty-servers': 'error'}});
    const problems = await lint({ref: file, config});
    assert.deepEqual(problems.map(({ruleId, message}) => `${ruleId}: ${message}`), []);
  });

  // What is described, as the test below meets it: "GET /_dirbridge/v1/jobs/{id}".
  const described = own.templates.flatMap(({template, path: whole}) =>
    Object.keys(own.document.paths[template]).filter((key) => ['get', 'post', 'put', 'delete'].includes(key))
        .map((method) => `${method.toUpperCase()} ${whole}`));
  // The release notes' spelling of a path; the hub makes both in a loop.
  const isAlias = (name) => name.includes('/group/{groupId}/query');

  test('is described whole', () => {
    const folder = path.join(root, 'hub', 'api');
    const sources = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
    const added = [...sources.matchAll(/add\(\s*"([A-Z]+)",\s*"(\/[^"]+)"/g)].map(([, method, name]) => ({method, name}));
    assert.ok(added.length > 50);
    const plain = (names) => names.map((name) => name.replace(/\{\w+\}/g, '{}')).sort();
    const ours = added.filter(({method, name}) => !official.operation(method, name.replace(/[{}]/g, '')));
    assert.deepEqual(plain(described.filter((name) => !isAlias(name))), plain(ours.map(({method, name}) => `${method} ${name}`)));
  });

  test('is answered as it is described', async () => {
    // Each answer is held against the description where it comes in.
    const askAt = async (method, url, body) => {
      const response = await fetch(url, {method, body: body && JSON.stringify(body),
        headers: {authorization: `SSWS ${token}`, ...body && {'content-type': 'application/json'}}});
      const text = await response.text();
      return response.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text;
    };
    const ask = (method, target, body) => askAt(method, `${place.url}/_dirbridge/v1${target}`, body);
    const okta = (method, target, body) => askAt(method, place.url + target, body);

    const directory = (await ask('GET', '/directories')).find(({id}) => id === place.directory);
    const made = await ask('POST', '/directories', {name: 'described'});
    await ask('POST', `/directories/${made.id}/enrol-codes`, {});
    await ask('POST', `/directories/${made.id}/imports`, {});
    const {id} = await ask('POST', `/directories/${directory.id}/imports`, {});
    await ask('GET', `/imports/${id}?wait_ms=20000`);
    for (const odd of ['-1', 'soon', ''])
      assert.equal((await ask('GET', `/imports/${id}?wait_ms=${odd}`)).errorCode, 'E0000001');
    assert.ok((await ask('GET', '/agents')).some(({connected}) => connected));
    const sdk = client(faces[0].orgUrl);
    const engineering = await group(sdk, 'engineering');
    const zoe = await sdk.userApi.getUser({userId: 'zoe'});
    for (const action of ['ADD', 'REMOVE'])
      await sdk.directoriesIntegrationApi.updateGroupMembership({appInstanceId: place.directory,
        agentAction: {id: engineering.id, parameters: {action, attribute: 'member', values: [zoe.id]}}});
    const change = (users) => ({id: engineering.id, parameters: {action: 'ADD', attribute: 'member', values: users}});
    const preview = `/directories/${place.directory}/groups/preview`;
    const before = await ask('GET', '/jobs?limit=20');
    const told = await ask('POST', preview, change([zoe.id]));
    assert.equal(told.verdict, 'applied', JSON.stringify(told));
    assert.match(told.changes[0].ldif, /^dn: .*\nchangetype: modify\nadd: member\nmember: /);
    assert.deepEqual((await ask('GET', '/jobs?limit=20')).map(({id}) => id), before.map(({id}) => id));
    await ask('POST', preview, change([zoe.id, '00uNobodyNobodyNobo1']));
    await ask('POST', preview, {});
    const [job] = await ask('GET', '/jobs?limit=20');
    await ask('GET', `/jobs/${job.id}`);
    const one = await ask('POST', '/tokens', {name: 'described', scopes: ['okta.groups.read']});
    await ask('GET', '/tokens');
    await ask('DELETE', `/tokens/${one.id}`);
    const key = () => generateKeyPairSync('ec', {namedCurve: 'P-256'}).publicKey.export({format: 'jwk'});
    const app = await ask('POST', '/apps', {name: 'described', scopes: ['okta.groups.read'], key: {...key(), kid: 'first'}});
    const rotated = await ask('POST', `/apps/${app.client_id}/keys`, {key: {...key(), kid: 'second'}, keep_old_ms: 60000});
    assert.deepEqual(rotated.keys.map(({kid, valid}) => [kid, valid]), [['first', true], ['second', true]]);
    assert.ok((await ask('GET', '/apps')).some(({client_id: id}) => id === app.client_id));
    assert.equal(await ask('DELETE', `/apps/${app.client_id}`), '');
    await ask('POST', '/token-keys/rotate', {});
    assert.match(await ask('GET', '/ca.pem'), /BEGIN CERTIFICATE/);
    for (const [method, target, body] of [['POST', '/directories', {}], ['GET', '/jobs/none'], ['GET', '/jobs?limit=0'],
      ['DELETE', '/agents/none'], ['POST', '/apps', {name: 'x'}], ['GET', '/imports/none'], ['POST', '/tokens', {name: ''}]])
      await ask(method, target, body);
    await okta('GET', '/healthz');
    await okta('GET', '/readyz');
    await okta('GET', '/oauth2/v1/keys');
    await okta('POST', '/oauth2/v1/token');
    for (const app of [place.directory, place.windows]) {
      await okta('GET', `/api/v1/agentPools/${app}`);
      const [assigned] = await okta('GET', `/api/v1/apps/${app}/groups`);
      await okta('GET', `/api/v1/apps/${app}/groups/${assigned.id}`);
      for (const feature of ['', '/INBOUND_PROVISIONING', '/NONE']) await okta('GET', `/api/v1/apps/${app}/features${feature}`);
    }
    const queries = `/api/v1/directories/${place.directory}/group/${engineering.id}/query`;
    const {resultId} = await okta('POST', queries, {attributes: ['cn']});
    while (await okta('GET', `${queries}/${resultId}`) === '') await new Promise((resolve) => { setTimeout(resolve, 20); });

    const met = new Set([...checked.keys()].map((name) => name.replace(/ \d+$/, '')));
    assert.deepEqual(described.filter((name) => !met.has(name)), []);
  });
});
