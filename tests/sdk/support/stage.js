// Where the hub is, and SDK clients for it whose every answer is checked against the official schema.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const okta = require('@okta/okta-sdk-nodejs');
const {Response} = require('node-fetch');
const {checkAnswer} = require('./official_schema');

const place = JSON.parse(process.env.DIRBRIDGE_STAGE);
const token = fs.readFileSync(place.operatorTokenFile, 'utf8').trim();

// Both faces of the hub, for tests that hold on each.
const faces = [{name: 'http', orgUrl: place.url}, {name: 'https', orgUrl: place.tlsUrl}];

// An SDK's own executor; what comes back is read once here, checked, and handed on as it was.
const checkedExecutor = (sdk) => class extends sdk.DefaultRequestExecutor {
  constructor() {
    super();
    this.exchanges = [];
  }
  async fetch(request) {
    const response = await super.fetch(request);
    const body = await response.text();
    const headers = response.headers;
    const exchange = {method: request.method.toUpperCase(), url: request.url, status: response.status, headers, body, request};
    this.exchanges.push(exchange);
    checkAnswer(exchange);
    return new Response(response.status === 204 ? null : body, {status: response.status, url: request.url, headers});
  }
};

// `config` adds to or replaces SSWS with the operator's token. GETs are never answered from the SDK's memory. `sdk` is
// the package of another version.
function client(orgUrl, config = {}, sdk = okta) {
  const requestExecutor = new (checkedExecutor(sdk))();
  const made = new sdk.Client({orgUrl, token, requestExecutor, cacheMiddleware: null, ...config});
  made.exchanges = requestExecutor.exchanges;
  return made;
}

// `dirbridge ARGUMENTS --json` as an operator runs it; its JSON.
function dirbridge(...words) {
  const output = execFileSync(place.program, [...words, '--json'], {
    env: {...process.env, DIRBRIDGE_HUB: place.url, DIRBRIDGE_TOKEN_FILE: place.operatorTokenFile},
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

async function all(collection) {
  const found = [];
  for await (const one of await collection)
    if (one) found.push(one);
  return found;
}

async function group(sdk, name) {
  const found = (await all(sdk.groupApi.listGroups({q: name}))).find((one) => one.profile.name === name);
  if (!found) throw new Error(`no group ${name}`);
  return found;
}

module.exports = {place, token, faces, client, dirbridge, all, group};
