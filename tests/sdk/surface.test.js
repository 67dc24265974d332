// What every answer carries (contract B4), good or bad, on both faces of the hub.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {token, faces, ask} = require('./support/stage');

for (const face of faces) {
  describe(`every answer over ${face.name}`, () => {
    const answers = () => Promise.all([['/api/v1/groups', token], ['/api/v1/groups', 'wrong'], ['/api/v1/nowhere', token],
      ['/api/v1/policies', token]].map(([path, one]) => fetch(face.orgUrl + path, {headers: {authorization: `SSWS ${one}`}})));

    test('has the headers that SDKs read', async () => {
      const seen = await answers();
      assert.deepEqual(seen.map(({status}) => status), [200, 401, 404, 501]);
      for (const {headers} of seen) {
        assert.equal(headers.get('content-type'), 'application/json');
        assert.match(headers.get('date'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
        assert.match(headers.get('x-okta-request-id'), /^[0-9a-f]{32}$/);
        for (const name of ['limit', 'remaining', 'reset']) assert.match(headers.get(`x-rate-limit-${name}`), /^\d+$/);
        assert.equal(headers.get('cache-control'), 'no-cache, no-store');
        assert.equal(headers.get('pragma'), 'no-cache');
        assert.equal(headers.get('expires'), '0');
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
      }
    });

    test('ties a name to TLS if it came over TLS, and never localhost', async () => {
      const untied = face.name === 'https' ? 'max-age=0' : null;
      for (const {headers} of await answers()) assert.equal(headers.get('strict-transport-security'), untied);
      const asked = async (host, target = '/healthz') =>
        (await ask(face.orgUrl, {target, headers: {host}})).headers.get('strict-transport-security');
      assert.equal(await asked('hub.example.com'), face.name === 'https' ? 'max-age=315360000' : null);
      assert.equal(await asked('localhost:8443'), untied);
      // A request that no endpoint gets to see names its host all the same.
      const other = face.name === 'https' ? 'http' : 'https';
      assert.equal(await asked('localhost', 'no-path'), untied);
      assert.equal(await asked('hub.example.com', `${other}x://hub`), face.name === 'https' ? 'max-age=315360000' : null);
    });

    test('says of the public paths of Okta without a token that they are not served, and of no other', async () => {
      for (const [target, status, code] of [['/.well-known/openid-configuration', 501, 'E0000052'],
                                            ['/.well-known/okta-organization', 501, 'E0000052'],
                                            ['/oauth2/v1/introspect', 501, 'E0000052'], ['/oauth2/default/v1/token', 501, 'E0000052'],
                                            ['/.well-known/nothing', 401, 'E0000015'], ['/oauth2/nothing', 401, 'E0000015'],
                                            ['/api/v1/policies', 401, 'E0000015'], ['/governance/api/v1/campaigns', 401, 'E0000015']]) {
        const {status: got, body} = await ask(face.orgUrl, {target});
        assert.equal(`${got} ${JSON.parse(body).errorCode}`, `${status} ${code}`, target);
      }
    });

    test('has an error envelope of its own where it refuses', async () => {
      const refused = (await answers()).slice(1);
      const bodies = await Promise.all(refused.map((one) => one.json()));
      assert.deepEqual(bodies.map(({errorCode}) => errorCode), ['E0000011', 'E0000008', 'E0000052']);
      for (const body of bodies) {
        assert.equal(body.errorLink, body.errorCode);
        assert.match(body.errorId, /^oae[\w-]{22}$/);
        assert.ok(Array.isArray(body.errorCauses));
      }
      assert.equal(new Set(bodies.map(({errorId}) => errorId)).size, 3);
    });
  });
}
