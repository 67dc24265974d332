// Okta's published description of its API (okta-openapi.json, see NOTICE) as the judge of our answers.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const description = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'okta-openapi.json'), 'utf8'));

// Where we knowingly answer what Okta's description does not allow. Nothing else may be passed over.
// A login is what the directory says: a uid of three letters is a login there, and Okta asks for five characters.
delete description.components.schemas.UserProfile.properties.login.minLength;

// OpenAPI 3.0 is not quite JSON Schema: `nullable` stands beside types, unknown keywords abound, and responses are
// referenced. Ajv knows the first, is told to bear the second, and the third is followed here.
const ajv = new Ajv({strict: false, allErrors: true, discriminator: false});
addFormats(ajv);
ajv.addSchema(description, 'okta');

const templates = Object.keys(description.paths).map((template) => {
  const pattern = template.split('/').map((part) => part.startsWith('{') ? '[^/]+' : part).join('/');
  return {template, pattern: new RegExp(`^${pattern}$`)};
});

const pointer = (...parts) => '#/' + parts.map((part) => encodeURIComponent(
    String(part).replace(/~/g, '~0').replace(/\//g, '~1'))).join('/');

function resolve(place) {
  let node = description;
  for (const part of place) node = node?.[part];
  return node?.$ref ? resolve(node.$ref.slice(2).split('/')) && node.$ref.slice(2).split('/') : node && place;
}

const validators = new Map();
function validator(place) {
  const name = 'okta' + pointer(...place);
  if (!validators.has(name)) validators.set(name, ajv.compile({$ref: name}));
  return validators.get(name);
}

const checked = new Map();  // "GET /api/v1/groups 200" -> how many answers were judged

// Throws if the answer is not one that Okta's description allows. Statuses that it does not list for an operation (401
// and others exist product-wide) must still have the form of its Error.
function checkAnswer({method, url, status, headers, body}) {
  const target = new URL(url).pathname;
  const match = templates.find(({pattern}) => pattern.test(target));
  if (!match) return;
  const operation = [...['paths', match.template, method.toLowerCase()]];
  if (!resolve(operation)) return;
  const listed = resolve([...operation, 'responses', status]);
  let place = listed && resolve([...listed, 'content', 'application/json', 'schema']);
  if (!listed && status >= 400) place = ['components', 'schemas', 'Error'];
  const name = `${method} ${match.template} ${status}`;
  checked.set(name, (checked.get(name) ?? 0) + 1);
  if (!listed && status < 400) throw new Error(`${name}: Okta never answers so`);
  if (!place) {
    if (body !== '') throw new Error(`${name}: Okta's answer has no body, ours is ${body}`);
    return;
  }
  if (!/^application\/json(;|$)/.test(headers.get('content-type') ?? ''))
    throw new Error(`${name}: Content-Type is ${headers.get('content-type')}`);
  const validate = validator(place);
  if (!validate(JSON.parse(body)))
    throw new Error(`${name}: ${ajv.errorsText(validate.errors)}\n${body.slice(0, 300)}`);
}

// Whether Okta's description allows this body for a call, said as the path of its template.
function allowsBody(method, template, body) {
  const place = ['paths', template, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
  return validator(resolve(place))(body);
}

module.exports = {allowsBody, checkAnswer, checked, description};
