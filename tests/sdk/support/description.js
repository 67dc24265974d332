// A description of an API (OpenAPI 3.0) as the judge of its answers.
'use strict';
const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const pointer = (place) => '#/' + place.map((part) => encodeURIComponent(
    String(part).replace(/~/g, '~0').replace(/\//g, '~1'))).join('/');
const maxTold = 5;  // of the problems of one answer
const isFixed = (part) => !part.startsWith('{');

class Description {
  // `name` stands in what is said of answers. A path belongs to the server that it names itself, or else to the document's.
  constructor(name, document) {
    this.name = name;
    this.document = document;
    // OpenAPI 3.0 is not quite JSON Schema: `nullable` stands beside types, unknown keywords abound, and responses are
    // referenced. Ajv knows the first, is told to bear the second, and the third is followed here.
    this.ajv = new Ajv({strict: false, allErrors: true, discriminator: false});
    addFormats(this.ajv);
    this.ajv.addSchema(document, 'it');
    this.validators = new Map();
    this.templates = Object.entries(document.paths).map(([template, item]) => {
      const base = new URL((item.servers ?? document.servers)?.[0].url ?? '/', 'http://hub').pathname.replace(/\/$/, '');
      const parts = (base + template).split('/');
      const pattern = parts.map((part) => isFixed(part) ? part.replace(/[.]/g, '\\.') : '[^/]+').join('/');
      return {template, path: base + template, fixed: parts.filter(isFixed).length, pattern: new RegExp(`^${pattern}$`)};
    }).sort((a, b) => b.fixed - a.fixed);
  }

  // Where the operation of a request is, and its name; undefined if it is none of this API's.
  operation(method, path) {
    for (const {template, path: whole, pattern} of this.templates) {
      const place = ['paths', template, method.toLowerCase()];
      if (pattern.test(path) && this.resolve(place)) return {place, name: `${method} ${whole}`};
    }
    return undefined;
  }

  // Where the answer with this status is described: {place} of its JSON, or {media} if it is something else, or {} if it
  // has no body; undefined if there is none.
  answer(operation, status) {
    const responses = [...operation.place, 'responses'];
    const found = this.resolve([...responses, status]) ?? this.resolve([...responses, `${Math.floor(status / 100)}XX`]);
    if (!found) return undefined;
    const place = this.resolve([...found, 'content', 'application/json', 'schema']);
    const [media] = Object.keys(this.at(found).content ?? {});
    return place ? {place} : {media};
  }

  // What is wrong with `json`, which should be as the schema at `place` has it; empty if nothing is.
  problems(place, json) {
    const name = 'it' + pointer(place);
    if (!this.validators.has(name)) this.validators.set(name, this.ajv.compile({$ref: name}));
    const validate = this.validators.get(name);
    return validate(json) ? '' : this.ajv.errorsText(validate.errors.slice(0, maxTold));
  }

  at(place) {
    return place.reduce((node, part) => node?.[part], this.document);
  }
  // `place`, or where it leads to; undefined if nothing is there.
  resolve(place) {
    const node = this.at(place);
    return node?.$ref ? this.resolve(node.$ref.slice(2).split('/')) : node && place;
  }
}

module.exports = {Description};
