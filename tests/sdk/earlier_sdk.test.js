// The last generation of the SDK that knows no DPoP: service apps with EC keys, and the method's earlier name.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const earlier = require('okta-sdk-nodejs-7');
const {place, faces, client, dirbridge, all, group} = require('./support/stage');

const scopes = ['okta.groups.read', 'okta.users.read', 'okta.directories.groups.manage'];
const create = (name, ...words) => dirbridge(
    'app', 'create', name, ...scopes.flatMap((scope) => ['--scope', scope]), ...words);

async function readAndChange(sdk) {
  const engineering = await group(sdk, 'engineering');
  const members = async () => (await all(await sdk.groupApi.listGroupUsers({groupId: engineering.id}))).map(({id}) => id);
  const zoe = await sdk.userApi.getUser({userId: 'zoe'});
  for (const [action, there] of [['ADD', true], ['REMOVE', false]]) {
    await sdk.directoriesIntegrationApi.updateADGroupMembership({
      appInstanceId: place.directory,
      agentAction: {id: engineering.id, parameters: {action, attribute: 'member', values: [zoe.id]}},
    });
    assert.equal((await members()).includes(zoe.id), there);
  }
}

const header = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
const grants = (sdk) => sdk.exchanges.filter(({url}) => url.endsWith('/oauth2/v1/token'));

for (const face of faces) {
  describe(`version 7.2.1 of the SDK over ${face.name}`, () => {
    const ec = create(`earlier ec ${face.name}`, '--key', 'ec');
    const rsa = create(`earlier rsa ${face.name}`);
    const service = (app, privateKey) => client(face.orgUrl, {
      token: undefined, authorizationMode: 'PrivateKey', clientId: app.client_id, scopes: scopes.join(' '), privateKey,
    }, earlier);

    test('reads and changes with an API token', async () => {
      await readAndChange(client(face.orgUrl, {}, earlier));
    });

    // As a service app, with this key; its assertion must be signed so.
    async function serves(app, privateKey, alg) {
      const sdk = service(app, privateKey);
      await readAndChange(sdk);
      const [grant] = grants(sdk);
      assert.equal(grant.status, 200);
      assert.equal(header(new URLSearchParams(grant.request.body).get('client_assertion')).alg, alg);
      assert.equal(JSON.parse(grant.body).token_type, 'Bearer');
    }

    test('reads and changes as a service app with an EC key', async () => {
      await serves(ec, JSON.stringify(ec.jwk), 'ES256');
      await serves(ec, ec.pem, 'ES256');
    });

    test('reads and changes as a service app with an RSA key', async () => {
      await serves(rsa, JSON.stringify(rsa.jwk), 'RS256');
    });

    test('makes its error object of a refusal', async () => {
      await assert.rejects(client(face.orgUrl, {}, earlier).groupApi.getGroup({groupId: '00gnosuchgroup000000'}), (error) => {
        assert.equal(error.status, 404);
        assert.equal(error.errorCode, 'E0000007');
        return true;
      });
    });
  });
}
