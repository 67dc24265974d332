// Small facts of Okta's contract (sections A and B) that no other test holds, as a client sees them.
'use strict';
const assert = require('node:assert/strict');
const {createPrivateKey, randomUUID, sign} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {before, describe, test} = require('node:test');
const {place, token, faces, ask, client, dirbridge, all, group} = require('./support/stage');

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');

// private_key_jwt by hand: `claims` replace what a good one has, undefined leaves it out.
function assertion(app, orgUrl, claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = part({alg: 'RS256', kid: app.kid, ...header}) + '.' + part({iss: app.client_id, sub: app.client_id,
    aud: `${orgUrl}/oauth2/v1/token`, iat: now, exp: now + 300, jti: randomUUID(), ...claims});
  return text + '.' + sign('sha256', Buffer.from(text), createPrivateKey(app.pem)).toString('base64url');
}

for (const face of faces) {
  describe(`the contract over ${face.name}`, () => {
    const {orgUrl} = face;
    const sdk = client(orgUrl);
    const authorization = `SSWS ${token}`;
    const get = (target, headers = {}) => ask(orgUrl, {target, headers: {authorization, ...headers}});
    const modify = `/api/v1/directories/${place.directory}/groups/modify`;
    let engineering;
    let zoe;
    before(async () => {
      engineering = (await group(sdk, 'engineering')).id;
      zoe = (await sdk.userApi.getUser({userId: 'zoe'})).id;
    });
    const change = (action) => JSON.stringify({id: engineering, parameters: {action, attribute: 'member', values: [zoe]}});

    test('each call asks for the scope that is written beside it', async () => {
      const document = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'api.md'), 'utf8');
      const rows = [...document.matchAll(/^\| `([A-Z]+) (\/[^`]+)` \| `(okta\.[\w.]+)` \|/gm)];
      assert.ok(rows.length > 25);
      const reader = (scope) => dirbridge('token', 'create', `${scope} ${face.name}`, '--scope', scope).token;
      const [logs, groups] = [reader('okta.logs.read'), reader('okta.groups.read')];
      for (const [, method, template, scope] of rows) {
        const other = scope === 'okta.logs.read' ? groups : logs;
        const answer = await fetch(orgUrl + template.replace(/\{\w+\}/g, 'x'), {method, headers: {authorization: `SSWS ${other}`}});
        const {errorCode, errorCauses} = await answer.json();
        assert.equal(`${answer.status} ${errorCode}`, '403 E0000006', `${method} ${template}`);
        assert.ok(errorCauses[0].errorSummary.endsWith(scope), `${method} ${template}: ${errorCauses[0].errorSummary}`);
      }
    });

    test('a token without the scope is told so in the body alone', async () => {
      const app = dirbridge('app', 'create', `narrow ${face.name}`, '--scope', 'okta.logs.read');
      const form = {grant_type: 'client_credentials', scope: 'okta.logs.read', client_assertion_type: assertionType,
        client_assertion: assertion(app, orgUrl)};
      const grant = await fetch(`${orgUrl}/oauth2/v1/token`, {method: 'POST', body: new URLSearchParams(form)});
      const {access_token: narrow} = await grant.json();
      const refused = await get('/api/v1/groups', {authorization: `Bearer ${narrow}`});
      assert.equal(refused.status, 403);
      assert.equal(JSON.parse(refused.body).errorCode, 'E0000006');
      assert.equal(refused.headers.get('www-authenticate'), null);
    });

    test('an answer without a body has no Content-Type either', async () => {
      const headers = {authorization, 'content-type': 'application/json'};
      for (const action of ['ADD', 'REMOVE']) {
        const answer = await ask(orgUrl, {method: 'POST', target: modify, headers, body: change(action)});
        assert.deepEqual([answer.status, answer.body, answer.headers.get('content-type'), answer.headers.get('content-length')],
            [200, '', null, '0']);
      }
      const {id} = await sdk.groupApi.createGroup({group: {profile: {name: `short-lived ${face.name}`}}});
      const deleted = await ask(orgUrl, {method: 'DELETE', target: `/api/v1/groups/${id}`, headers});
      assert.deepEqual([deleted.status, deleted.body, deleted.headers.get('content-type')], [204, '', null]);
    });

    test('every header stands once but Link, which has a line for each', async () => {
      for (const [target, links] of [['/api/v1/groups?limit=2', ['self', 'next']], ['/api/v1/groups', ['self']],
                                     ['/api/v1/users?limit=2', ['self', 'next']], ['/api/v1/nowhere', []]]) {
        const {rawHeaders} = await get(target);
        const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
        const others = names.filter((name) => name !== 'link');
        assert.equal(new Set(others).size, others.length, names.join());
        for (const name of ['server', 'set-cookie', 'retry-after', 'content-encoding']) assert.ok(!names.includes(name), name);
        for (const name of ['Date', 'X-Okta-Request-Id', 'X-Rate-Limit-Limit', 'X-Rate-Limit-Remaining', 'X-Rate-Limit-Reset'])
          assert.ok(rawHeaders.includes(name), name);
        const values = rawHeaders.filter((_, i) => i % 2 === 1 && names[(i - 1) / 2] === 'link');
        assert.deepEqual(values.map((value) => /^<https?:\/\/[^>]+>; rel="(\w+)"$/.exec(value)?.[1]), links);
      }
    });

    test('X-Rate-Limit-Reset is in seconds since 1970, at most a minute ahead', async () => {
      for (const target of ['/api/v1/groups', '/api/v1/nowhere']) {
        const {headers} = await get(target);
        const ahead = Number(headers.get('x-rate-limit-reset')) - new Date(headers.get('date')).getTime() / 1000;
        assert.ok(ahead > 0 && ahead <= 61, `${ahead}`);
      }
    });

    test('ids and tokens look as those of Okta', async () => {
      const made = dirbridge('token', 'create', `looks ${face.name}`, '--scope', 'okta.groups.read');
      assert.match(made.token, /^00[A-Za-z0-9]{40}$/);
      const id = (prefix) => new RegExp(`^${prefix}[A-Za-z0-9]{17}$`);
      assert.match(made.id, id('00T'));
      assert.match(engineering, id('00g'));
      assert.match(zoe, id('00u'));
      assert.match(place.directory, id('0oa'));
      const [user] = JSON.parse((await get('/api/v1/users?limit=1')).body);
      assert.match(user.type.id, id('oty'));
      const pools = await all(sdk.agentPoolsApi.listAgentPools());
      assert.match(pools.find((one) => one.id === place.directory).agents[0].id, id('a53'));
      const headers = {authorization, 'content-type': 'application/json'};
      const answer = await ask(orgUrl, {method: 'POST', target: modify, headers, body: change('REMOVE')});
      assert.match(answer.headers.get('x-dirbridge-job'), id('ADS'));
      const query = await ask(orgUrl, {method: 'POST', headers, body: '{"attributes":["cn"]}',
        target: `/api/v1/directories/${place.directory}/groups/${engineering}/query`});
      assert.match(JSON.parse(query.body).resultId, id('rdj'));
    });

    test('lastConnection of an agent is in milliseconds', async () => {
      const pools = JSON.parse((await get('/api/v1/agentPools')).body);
      const [agent] = pools.find((one) => one.id === place.directory).agents;
      assert.ok(Math.abs(Date.now() - agent.lastConnection) < 60000, `${agent.lastConnection}`);
    });

    test('criteria read operators in any case, and attribute names in theirs', async () => {
      const search = (text) => get(`/api/v1/groups?search=${encodeURIComponent(text)}`);
      const names = async (text) => JSON.parse((await search(text)).body).map(({profile}) => profile.name).sort();
      for (const text of ['profile.name EQ "engineering"', 'NOT (profile.name ne "engineering")',
                          '(profile.name Sw "engin" AND type eq "APP_GROUP") and profile.name pr',
                          'profile.name eq "engineering" Or profile.name eq "nobody has this name"'])
        assert.deepEqual(await names(text), ['engineering'], text);
      for (const text of ['Profile.name eq "engineering"', 'TYPE eq "APP_GROUP"', 'ID pr', 'profile.name is "engineering"']) {
        const refused = await search(text);
        assert.deepEqual([refused.status, JSON.parse(refused.body).errorCode], [400, 'E0000031'], text);
      }
    });

    test('what is so already is a success', async () => {
      const headers = {authorization, 'content-type': 'application/json'};
      for (const action of ['ADD', 'ADD', 'REMOVE', 'REMOVE'])
        assert.equal((await ask(orgUrl, {method: 'POST', target: modify, headers, body: change(action)})).status, 200);
    });

    test('what SDKs send beside the body makes no difference', async () => {
      // Go's ends with a newline, and a second try of Node's, Python's and Java's says of which it is.
      const headers = {authorization, 'content-type': 'application/json; charset=utf-8', 'accept-encoding': 'gzip,deflate',
        accept: 'application/xml', 'x-okta-retry-for': 'reqOfBefore', 'x-okta-retry-count': '1', 'x-okta-user-agent-extended': 'isDPoP:true'};
      const answer = await ask(orgUrl, {method: 'POST', target: modify, headers, body: change('REMOVE') + '\n'});
      assert.equal(answer.status, 200);
    });

    test('a scope that no path asks for is given and issued', async () => {
      const app = dirbridge('app', 'create', `policies ${face.name}`, '--scope', 'okta.policies.read', '--scope', 'okta.groups.read');
      const form = {grant_type: 'client_credentials', scope: 'okta.policies.read okta.groups.read',
        client_assertion_type: assertionType, client_assertion: assertion(app, orgUrl)};
      const grant = await fetch(`${orgUrl}/oauth2/v1/token`, {method: 'POST', body: new URLSearchParams(form)});
      const {access_token: issued, scope} = await grant.json();
      assert.equal(scope, form.scope);
      const headers = {authorization: `Bearer ${issued}`};
      assert.equal((await get('/api/v1/groups', headers)).status, 200);
      assert.equal((await get('/api/v1/policies', headers)).status, 501);
    });

    test('the token endpoint refuses in the words of OAuth', async () => {
      const app = dirbridge('app', 'create', `refused ${face.name}`, '--scope', 'okta.groups.read');
      const other = dirbridge('app', 'create', `other ${face.name}`, '--scope', 'okta.groups.read');
      const now = Math.floor(Date.now() / 1000);
      const good = () => ({grant_type: 'client_credentials', scope: 'okta.groups.read', client_assertion_type: assertionType,
        client_assertion: assertion(app, orgUrl)});
      const by = (claims, header) => ({client_assertion: assertion(app, orgUrl, claims, header)});
      const used = good();
      const request = async (form) => {
        const fields = Object.entries(form).filter(([, value]) => value !== undefined);
        const answer = await fetch(`${orgUrl}/oauth2/v1/token`, {method: 'POST', body: new URLSearchParams(fields)});
        const {error, error_description: description} = await answer.json();
        return {got: `${answer.status} ${error}`, description};
      };
      assert.equal((await request(used)).got, '200 undefined');
      for (const [form, expected, words] of [
        [{client_assertion: undefined}, '401 invalid_client'],
        [by({iss: 'nobody', sub: 'nobody'}), '401 invalid_client'],
        [by({sub: other.client_id}), '401 invalid_client'],
        [by({aud: orgUrl}), '401 invalid_client', 'The audience claim for client_assertion must be the endpoint invoked for the request.'],
        [by({exp: now - 1}), '401 invalid_client'],
        [by({exp: now + 7200}), '401 invalid_client'],
        [used, '401 invalid_client'],
        [by({}, {kid: 'nobody'}), '401 invalid_client'],
        [by({}, {alg: 'HS256'}), '401 invalid_client'],
        [by({}, {alg: 'none'}), '401 invalid_client'],
        [{client_assertion: assertion({...other, client_id: app.client_id, kid: app.kid}, orgUrl)}, '401 invalid_client'],
        [{client_assertion: undefined, client_id: app.client_id, client_secret: 'x'}, '401 invalid_client',
          'Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.'],
        [{client_assertion_type: 'jwt'}, '400 invalid_request'],
        [{client_secret: 'x'}, '400 invalid_request'],
        [{scope: undefined}, '400 invalid_scope', 'No scopes were requested.'],
        [{scope: 'nothing.read'}, '400 invalid_scope'],
        [{scope: 'openid'}, '400 invalid_scope'],
        [{scope: 'okta.logs.read'}, '400 consent_required', 'You are not allowed any of the requested scopes.'],
        [{grant_type: 'magic'}, '400 unsupported_grant_type'],
        [{grant_type: 'password'}, '400 unauthorized_client'],
      ]) {
        const {got, description} = await request({...good(), ...form});
        assert.equal(got, expected, JSON.stringify(form));
        if (words) assert.equal(description, words);
      }
    });
  });
}
