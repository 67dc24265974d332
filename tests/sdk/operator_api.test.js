// Our own surface: docs/openapi.yaml is without a fault, names every call, and the hub answers as it says.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {describe, test} = require('node:test');
const Ajv = require('ajv');
const addFormats = require('ajv-formats');
const {bundle, createConfig, lint} = require('@redocly/openapi-core');
const {place, faces, token, client, group} = require('./support/stage');

const root = path.join(__dirname, '..', '..');
const file = path.join(root, 'docs', 'openapi.yaml');

describe('the operator API', () => {
  test('is described without a fault', async () => {
    const config = await createConfig({extends: ['recommended'], rules: {'no-empty-servers': 'error'}});
    const problems = await lint({ref: file, config});
    assert.deepEqual(problems.map(({ruleId, message}) => `${ruleId}: ${message}`), []);
  });

  test('is described whole', async () => {
    const {bundle: {parsed}} = await bundle({ref: file, config: await createConfig({})});
    const described = Object.entries(parsed.paths).flatMap(([name, item]) =>
      Object.keys(item).filter((key) => key !== 'parameters').map((method) => `${method.toUpperCase()} ${name}`));
    const folder = path.join(root, 'hub', 'api');
    const sources = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
    const added = [...sources.matchAll(/add\(\s*"([A-Z]+)",\s*"\/_dirbridge\/v1(\/[^"]+)"/g)].map(([, method, name]) => `${method} ${name}`);
    assert.ok(added.length > 15);
    assert.deepEqual(described.sort(), added.sort());
  });

  test('is answered as it is described', async () => {
    const {bundle: {parsed}} = await bundle({ref: file, config: await createConfig({})});
    const ajv = new Ajv({strict: false, allErrors: true});
    addFormats(ajv);
    ajv.addSchema(parsed, 'own');
    const follow = (node) => node.$ref ? follow(node.$ref.slice(2).split('/').reduce((at, key) => at[key], parsed)) : node;
    const ask = async (method, target, body) => {
      const response = await fetch(`${place.url}/_dirbridge/v1${target}`,
          {method, headers: {authorization: `SSWS ${token}`, ...body && {'content-type': 'application/json'}},
            body: body && JSON.stringify(body)});
      const text = await response.text();
      const name = target.split('?')[0];
      const [, item] = Object.entries(parsed.paths).find(([template]) =>
        new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(name));
      const {responses} = item[method.toLowerCase()];
      const said = responses[response.status] ?? responses[`${Math.floor(response.status / 100)}XX`];
      assert.ok(said, `${method} ${name} ${response.status}`);
      const schema = follow(said).content?.['application/json']?.schema;
      if (!schema) return text;
      const validate = ajv.compile(schema.$ref ? {$ref: `own${schema.$ref}`} : absolute(schema));
      const json = JSON.parse(text);
      assert.ok(validate(json), `${method} ${name}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 300)}`);
      return json;
    };
    // References inside a schema that stands alone are to the whole description.
    const absolute = (node) => Array.isArray(node) ? node.map(absolute) : node && typeof node === 'object' ?
      Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === '$ref' ? `own${value}` : absolute(value)])) : node;

    const directory = (await ask('GET', '/directories')).find(({id}) => id === place.directory);
    const made = await ask('POST', '/directories', {name: 'described'});
    await ask('POST', `/directories/${made.id}/enrol-codes`, {});
    await ask('POST', `/directories/${made.id}/imports`, {});
    const {id} = await ask('POST', `/directories/${directory.id}/imports`, {});
    await ask('GET', `/imports/${id}?wait_ms=20000`);
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
    await ask('GET', '/apps');
    await ask('POST', '/token-keys/rotate', {});
    assert.match(await ask('GET', '/ca.pem'), /BEGIN CERTIFICATE/);
    for (const [method, target, body] of [['POST', '/directories', {}], ['GET', '/jobs/none'], ['GET', '/jobs?limit=0'],
      ['DELETE', '/agents/none'], ['POST', '/apps', {name: 'x'}], ['GET', '/imports/none'], ['POST', '/tokens', {name: ''}]])
      await ask(method, target, body);
  });
});
