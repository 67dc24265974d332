// Where the hub is, and ways to ask it: SDK clients, fetch, requests of any form. Every answer is checked (check_answer.js).
'use strict';
const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const {after} = require('node:test');
const okta = require('@okta/okta-sdk-nodejs');
const {Response: SdkResponse} = require('node-fetch');
const check = require('./check_answer');

const place = JSON.parse(process.env.DIRBRIDGE_STAGE);
const token = fs.readFileSync(place.operatorTokenFile, 'utf8').trim();

// Both faces of the hub, for tests that hold on each.
const faces = [{name: 'http', orgUrl: place.url}, {name: 'https', orgUrl: place.tlsUrl}];

// A test that waits for a refusal would take what is thrown here for one: the file fails in any case.
const violations = [];
function checkAnswer(answer) {
  try {
    check.checkAnswer(answer);
  } catch (problem) {
    violations.push(problem.message);
    throw problem;
  }
}
after(() => assert.deepEqual(violations, []));

// What tests fetch is checked without being asked to: there is no other fetch here. The SDKs have one of their own.
const plainFetch = globalThis.fetch;
globalThis.fetch = async (url, init) => {
  const response = await plainFetch(url, init);
  const {status, headers} = response;
  const body = await response.text();
  checkAnswer({method: init?.method ?? 'GET', url: String(url), status, headers, body});
  return new Response(status === 204 || status === 205 ? null : body, {status, headers});
};

// A request that fetch does not make: with any Host and any target. {status, headers, rawHeaders, body}.
async function ask(orgUrl, {method = 'GET', target, headers = {}, body: sending}) {
  const url = new URL(orgUrl);
  const {request} = require(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const sent = request({method, host: url.hostname, port: url.port, path: target, headers, servername: ''});
  const [response] = await once(sent.end(sending), 'response');
  let body = '';
  for await (const part of response) body += part;
  const {statusCode: status, rawHeaders} = response;
  const answer = {status, headers: new Headers(response.headers), rawHeaders, body};
  checkAnswer({...answer, method, url: target.startsWith('/') ? orgUrl + target : undefined});
  return answer;
}

// An SDK's own executor; what comes back is read once here, checked, and handed on as it was. A 429 that the SDK answers
// with another try comes by as well.
const checkedExecutor = (sdk) => class extends sdk.DefaultRequestExecutor {
  constructor() {
    super();
    this.exchanges = [];
  }
  async parseResponse(request, response) {
    const {status, headers} = response;
    const body = await response.text();
    const exchange = {method: request.method.toUpperCase(), url: request.url, status, headers, body, request};
    this.exchanges.push(exchange);
    checkAnswer(exchange);
    return super.parseResponse(request, new SdkResponse(status === 204 ? null : body, {status, url: request.url, headers}));
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

module.exports = {place, token, faces, ask, client, dirbridge, all, group};
