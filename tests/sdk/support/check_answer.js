// Every answer of the hub is one that somebody described: Okta, whose published description is in okta-openapi.json (see
// NOTICE), or else docs/openapi.yaml, or nobody knows the path and the answer says so.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {parseYaml} = require('@redocly/openapi-core');
const {Description} = require('./description');

const read = (...words) => fs.readFileSync(path.join(__dirname, '..', ...words), 'utf8');

const official = new Description('Okta', JSON.parse(read('okta-openapi.json')));
const own = new Description('docs/openapi.yaml', parseYaml(read('..', '..', 'docs', 'openapi.yaml')));

// Where we knowingly answer what Okta's description does not allow. Nothing else may be passed over.
// A login is what the directory says: a uid of three letters is a login there, and Okta asks for five characters.
delete official.document.components.schemas.UserProfile.properties.login.minLength;

const officialError = ['components', 'schemas', 'Error'];
const ownError = ['components', 'schemas', 'Error'];

// The answers to a path or a method that nobody described.
const nowhere = {401: ['E0000011', 'E0000015'], 404: ['E0000008'], 405: ['E0000022'], 429: ['E0000047'], 501: ['E0000052']};
// To what is no request, or has no end.
const unread = {400: ['E0000003'], 408: ['E0000003'], 413: ['E0000001'], 414: ['E0000002'], 431: ['E0000002'], 503: ['E0000181']};

const checked = new Map();  // "GET /api/v1/groups 200" -> how many answers were judged

function parse(name, body) {
  try {
    return JSON.parse(body);
  } catch (problem) {
    throw new Error(`${name}: no JSON: ${body.slice(0, 300)}`);
  }
}

function checkJson(description, place, name, {headers, body}) {
  // Exactly as it was recorded of Okta's orgs.
  if (headers.get('content-type') !== 'application/json') throw new Error(`${name}: Content-Type is ${headers.get('content-type')}`);
  const json = parse(name, body);
  const problems = description.problems(place, json);
  if (problems) throw new Error(`${name}: ${description.name}: ${problems}\n${body.slice(0, 300)}`);
  return json;
}

// Okta's description asks for no part of its Error; SDKs ask for all of them.
const checkError = (name, answer) => checkJson(own, ownError, name, answer);

function checkDescribed(description, operation, answer) {
  const {status, headers, body} = answer;
  const name = `${operation.name} ${status}`;
  checked.set(name, (checked.get(name) ?? 0) + 1);
  let said = description.answer(operation, status);
  // Okta's product has more statuses than its description lists for a call (401 and others).
  if (!said && description === official && status >= 400 && status !== 500) said = {place: officialError};
  if (!said) throw new Error(`${name}: ${description.name} has no such answer`);
  if (answer.method === 'HEAD') {
    if (body !== '') throw new Error(`${name}: an answer to HEAD has a body: ${body.slice(0, 300)}`);
  } else if (said.place) {
    checkJson(description, said.place, name, answer);
    if (description === official && status >= 400) checkError(name, answer);
  } else {
    if (!said.media && body !== '') throw new Error(`${name}: ${description.name} has no body for it, ours is ${body.slice(0, 300)}`);
    if (headers.get('content-type') !== (said.media ?? null)) throw new Error(`${name}: Content-Type is ${headers.get('content-type')}`);
  }
}

// Throws, with the name of the call and the status, if the answer is one that nobody described. `url` is undefined if the
// request had none that can be read.
function checkAnswer(answer) {
  const {method, url, status} = answer;
  const target = url === undefined ? undefined : new URL(url).pathname;
  for (const description of target === undefined ? [] : [official, own]) {
    const operation = description.operation(method === 'HEAD' ? 'GET' : method, target);
    if (operation) return checkDescribed(description, operation, answer);
  }
  const name = target === undefined ? `what is no request ${status}` : `${method} ${target} ${status}`;
  const allowed = (target === undefined ? unread : nowhere)[status];
  if (!allowed) throw new Error(`${name}: nobody described the call, and this is no answer to such`);
  checked.set(`(nobody's) ${status}`, (checked.get(`(nobody's) ${status}`) ?? 0) + 1);
  if (method === 'HEAD') return undefined;
  const {errorCode} = checkError(name, answer);
  if (!allowed.includes(errorCode)) throw new Error(`${name}: nobody described the call, and the answer is ${errorCode}`);
  return undefined;
}

// Whether Okta's description allows this body for a call, said as the path of its template.
function allowsBody(method, template, body) {
  const place = ['paths', template, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
  return official.problems(official.resolve(place), body) === '';
}

module.exports = {allowsBody, checkAnswer, checked, official, own};
