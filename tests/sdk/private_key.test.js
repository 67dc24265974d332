// A service app: the SDK signs an assertion, gets a token, and calls with it, over both faces of the hub.
'use strict';
const assert = require('node:assert/strict');
const {createHash, createPrivateKey, createPublicKey, randomUUID, sign, verify} = require('node:crypto');
const {describe, test} = require('node:test');
const {place, token: operatorToken, faces, client, dirbridge, all, group} = require('./support/stage');

const wanted = ['okta.groups.read', 'okta.users.read', 'okta.directories.groups.manage'];
const create = (name, ...words) => dirbridge(
    'app', 'create', name, ...wanted.flatMap((scope) => ['--scope', scope]), ...words);

// An SDK client as its documentation configures it.
function service(orgUrl, app, config = {}) {
  return client(orgUrl, {
    token: undefined,
    authorizationMode: 'PrivateKey',
    clientId: app.client_id,
    scopes: wanted.join(' '),
    privateKey: JSON.stringify(app.jwk),
    ...config,
  });
}

async function refusal(promise) {
  return promise.then(() => assert.fail('it was not refused'), (error) => error);
}

// private_key_jwt by hand, with Node's own cryptography.
function assertion(app, alg, orgUrl) {
  const now = Math.floor(Date.now() / 1000);
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const text = part({alg, kid: app.kid}) + '.' + part({
    iss: app.client_id, sub: app.client_id, aud: `${orgUrl}/oauth2/v1/token`, iat: now, exp: now + 300, jti: randomUUID(),
  });
  const key = {key: createPrivateKey(app.pem), dsaEncoding: 'ieee-p1363'};
  return text + '.' + sign('sha' + alg.slice(2), Buffer.from(text), key).toString('base64url');
}
const tokenForm = (jwt) => ({
  grant_type: 'client_credentials',
  scope: wanted.join(' '),
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: jwt,
});
async function requestToken(orgUrl, jwt) {
  const answer = await fetch(`${orgUrl}/oauth2/v1/token`, {method: 'POST', body: new URLSearchParams(tokenForm(jwt))});
  return {status: answer.status, body: await answer.json()};
}

async function readAndChange(sdk) {
  const engineering = await group(sdk, 'engineering');
  assert.ok((await all(sdk.groupApi.listGroupUsers({groupId: engineering.id}))).length > 0);
  const zoe = await sdk.userApi.getUser({userId: 'zoe'});
  for (const action of ['ADD', 'REMOVE']) {
    await sdk.directoriesIntegrationApi.updateGroupMembership({
      appInstanceId: place.directory,
      agentAction: {id: engineering.id, parameters: {action, attribute: 'member', values: [zoe.id]}},
    });
  }
}
const grants = (sdk) => sdk.exchanges.filter(({url}) => url.endsWith('/oauth2/v1/token'));

for (const face of faces) {
  describe(`a service app over ${face.name}`, () => {
    const rsa = create(`rsa ${face.name}`);

    test('with an RSA key as JWK reads and changes', async () => {
      const sdk = service(face.orgUrl, rsa);
      await readAndChange(sdk);
      assert.equal(grants(sdk).length, 1, 'one token for all calls');
      const answer = JSON.parse(grants(sdk)[0].body);
      assert.equal(answer.token_type, 'Bearer');
      assert.equal(answer.expires_in, 3600);
      const [header, claims] = answer.access_token.split('.').slice(0, 2)
          .map((part) => JSON.parse(Buffer.from(part, 'base64url')));
      assert.equal(header.typ, 'application/okta-internal-at+jwt');
      assert.equal(header.alg, 'RS256');
      assert.equal(claims.ver, 1);
      assert.match(claims.jti, /^AT\./);
      assert.equal(claims.iss, face.orgUrl);
      assert.equal(claims.aud, face.orgUrl);
      assert.equal(claims.sub, rsa.client_id);
      assert.equal(claims.cid, rsa.client_id);
      assert.equal(claims.exp - claims.iat, 3600);
      assert.deepEqual(claims.scp, wanted);
    });

    test('with an RSA key as PEM, without a key id, reads and changes', async () => {
      await readAndChange(service(face.orgUrl, rsa, {privateKey: rsa.pem}));
    });

    // The SDK signs a DPoP proof with RS256 whatever the key is, and fails before it sends anything (8.1.0). What it
    // would send otherwise is made here; earlier_sdk.test.js has a version that can.
    test('with an EC key or another hash gets its token; the SDK itself cannot', async () => {
      const ec = create(`ec ${face.name}`, '--key', 'ec');
      const sdk = service(face.orgUrl, ec);
      assert.match((await refusal(group(sdk, 'engineering'))).message, /unsupported algorithm|no keys/i);
      assert.equal(sdk.exchanges.length, 0);
      for (const [app, alg] of [[ec, 'ES256'], [rsa, 'RS384'], [rsa, 'RS512']]) {
        const answer = await requestToken(face.orgUrl, assertion(app, alg, face.orgUrl));
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        // Without the blank, as Python's SDK sends it, too.
        for (const scheme of ['Bearer ', 'Bearer', 'bearer ']) {
          const authorization = scheme + answer.body.access_token;
          assert.equal((await fetch(`${face.orgUrl}/api/v1/groups`, {headers: {authorization}})).status, 200);
        }
      }
    });

    test('is answered from the query as from the form', async () => {
      const form = new URLSearchParams(tokenForm(assertion(rsa, 'RS256', face.orgUrl)));
      const answer = await fetch(`${face.orgUrl}/oauth2/v1/token?${form}`, {method: 'POST'});
      assert.equal(answer.status, 200, await answer.text());
    });

    test('cannot use an assertion twice', async () => {
      const once = assertion(rsa, 'RS256', face.orgUrl);
      assert.equal((await requestToken(face.orgUrl, once)).status, 200);
      const again = await requestToken(face.orgUrl, once);
      assert.equal(again.status, 401);
      assert.equal(again.body.error, 'invalid_client');
      assert.match(again.body.error_description, /already been used/);
    });

    test('signs its tokens with a key that the hub publishes', async () => {
      const sdk = service(face.orgUrl, rsa);
      await group(sdk, 'engineering');
      const {access_token: token} = JSON.parse(grants(sdk)[0].body);
      const keys = await (await fetch(`${face.orgUrl}/oauth2/v1/keys`)).json();
      const [header, claims, signature] = token.split('.');
      const {kid} = JSON.parse(Buffer.from(header, 'base64url'));
      const key = keys.keys.find((one) => one.kid === kid);
      assert.ok(!('d' in key));
      assert.ok(verify('sha256', Buffer.from(`${header}.${claims}`), createPublicKey({key, format: 'jwk'}),
          Buffer.from(signature, 'base64url')));
    });

    test('is not let in with a key that is not its own', async () => {
      const stranger = create(`stranger ${face.name}`);
      const sdk = service(face.orgUrl, rsa, {privateKey: JSON.stringify({...stranger.jwk, kid: rsa.kid})});
      await refusal(group(sdk, 'engineering'));
      const refused = grants(sdk)[0];
      assert.equal(refused.status, 401);
      assert.equal(JSON.parse(refused.body).error, 'invalid_client');
    });

    test('is refused what its token does not carry', async () => {
      const sdk = service(face.orgUrl, rsa, {scopes: 'okta.groups.read'});
      await group(sdk, 'engineering');
      const error = await refusal(sdk.userApi.getUser({userId: 'zoe'}));
      assert.equal(error.status, 403);
      assert.equal(error.errorCode, 'E0000006');
    });

    test('gets no token for scopes it was not granted', async () => {
      const sdk = service(face.orgUrl, rsa, {scopes: 'okta.logs.read'});
      await refusal(group(sdk, 'engineering'));
      assert.equal(JSON.parse(grants(sdk)[0].body).error, 'consent_required');
    });

    test('goes on after its key was rotated, and the old key is out', async () => {
      const app = create(`rotated ${face.name}`);
      const next = dirbridge('app', 'rotate-key', app.client_id);
      await readAndChange(service(face.orgUrl, next));
      const sdk = service(face.orgUrl, app);
      await refusal(group(sdk, 'engineering'));
      assert.equal(grants(sdk)[0].status, 401);
    });

    test('keeps its token when the hub changes the key that signs them', async () => {
      const sdk = service(face.orgUrl, rsa);
      await group(sdk, 'engineering');
      const kids = async () => (await (await fetch(`${face.orgUrl}/oauth2/v1/keys`)).json()).keys.map(({kid}) => kid);
      const before = await kids();
      const rotated = await fetch(`${face.orgUrl}/_dirbridge/v1/token-keys/rotate`,
          {method: 'POST', headers: {authorization: `SSWS${operatorToken}`}});
      const {kid} = await rotated.json();
      assert.deepEqual(await kids(), [...before, kid]);
      await group(sdk, 'engineering');
      assert.equal(grants(sdk).length, 1);
      await readAndChange(service(face.orgUrl, rsa));
    });

    test('names the hub as it likes, and the token endpoint must be named the same', async () => {
      const other = face.orgUrl.replace('127.0.0.1', 'localhost');
      assert.equal((await requestToken(other, assertion(rsa, 'RS256', other))).status, 200);
      const wrong = await requestToken(face.orgUrl, assertion(rsa, 'RS256', other));
      assert.equal(wrong.status, 401);
      assert.equal(wrong.body.error_description,
          'The audience claim for client_assertion must be the endpoint invoked for the request.');
    });

    test('bound to its key (DPoP) asks for a nonce and reads and changes', async () => {
      const app = create(`dpop ${face.name}`, '--dpop');
      const sdk = service(face.orgUrl, app);
      await readAndChange(sdk);
      assert.deepEqual(grants(sdk).map(({status}) => status), [400, 200]);
      const [first, second] = grants(sdk);
      assert.equal(JSON.parse(first.body).error, 'use_dpop_nonce');
      assert.ok(first.headers.get('dpop-nonce'));
      assert.equal(JSON.parse(second.body).token_type, 'DPoP');
      const token = JSON.parse(second.body).access_token;
      assert.ok(second.headers.get('dpop-nonce'));
      // RFC 7638: the key that signed the proof.
      const {jwk} = JSON.parse(Buffer.from(second.request.headers.DPoP.split('.')[0], 'base64url'));
      const thumbprint = createHash('sha256').update(JSON.stringify({e: jwk.e, kty: jwk.kty, n: jwk.n})).digest('base64url');
      assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).cnf.jkt, thumbprint);
      for (const headers of [{authorization: `Bearer ${token}`}, {authorization: `DPoP ${token}`}])
        assert.equal((await fetch(`${face.orgUrl}/api/v1/groups`, {headers})).status, 401, 'a stolen token is no use');
      const bare = await requestToken(face.orgUrl, assertion(app, 'RS256', face.orgUrl));
      assert.equal(bare.body.error, 'invalid_dpop_proof');
      assert.equal(bare.body.error_description, 'The DPoP proof JWT header is missing.');
    });

    test('loses its tokens with a revocation', async () => {
      const app = create(`revoked ${face.name}`);
      const sdk = service(face.orgUrl, app);
      await group(sdk, 'engineering');
      dirbridge('app', 'revoke', app.client_id);
      const error = await refusal(group(sdk, 'engineering'));
      assert.equal(error.status, 401);
    });
  });
}
