// The System Log: what was done through the API, by imports and by agents, as the SDK reads it over both faces.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {place, token, faces, client, dirbridge, all, group} = require('./support/stage');

const soon = () => new Date(Date.now() + 60000).toISOString();

for (const face of faces) {
  describe(`the System Log over ${face.name}`, () => {
    const sdk = client(face.orgUrl);
    const events = (query) => all(sdk.systemLogApi.listLogEvents({until: soon(), ...query}));

    test('tells of the agent and its imports', async () => {
      for (const type of ['system.agent.register', 'system.agent.ldap.reconnect', 'system.import.start', 'system.import.group.create',
                          'system.import.group_membership.complete', 'system.import.complete']) {
        const [found] = await events({filter: `eventType eq "${type}"`});
        assert.ok(found, type);
        assert.ok(found.target.some(({id}) => id === place.directory), type);
        assert.equal(found.outcome.result, 'SUCCESS');
      }
    });

    test('has one event for a change and one for a change that fails', async () => {
      const {id} = await group(sdk, 'engineering');
      const zoe = await sdk.userApi.getUser({userId: 'zoe'});
      const before = new Date(Date.now() - 1).toISOString();
      const change = (action, user) => sdk.directoriesIntegrationApi.updateGroupMembership(
          {appInstanceId: place.directory, agentAction: {id, parameters: {action, attribute: 'member', values: [user]}}});
      await change('ADD', zoe.id);
      await change('REMOVE', zoe.id);
      await change('ADD', '00uNoSuchUser0000000').then(() => assert.fail('it was not refused'), () => {});
      const found = await events({since: before, filter: 'eventType sw "directory.external.group.membership"'});
      assert.deepEqual(found.map(({eventType, outcome}) => [eventType.split('.').pop(), outcome.result]),
          [['add', 'SUCCESS'], ['remove', 'SUCCESS'], ['add', 'FAILURE']]);
      assert.match(found[2].outcome.reason, /E0000007.*00uNoSuchUser0000000/);
      assert.deepEqual(found[0].target.map(({type}) => type), ['AppInstance', 'UserGroup', 'User']);
      const ids = sdk.exchanges.filter(({method}) => method === 'POST').map(({headers}) => headers.get('x-okta-request-id'));
      assert.deepEqual(found.map(({transaction}) => transaction.id), ids);
    });

    test('tells of tokens that were granted', async () => {
      const app = dirbridge('app', 'create', `logged ${face.name}`, '--scope', 'okta.groups.read');
      const service = client(face.orgUrl, {authorizationMode: 'PrivateKey', clientId: app.client_id,
        scopes: 'okta.groups.read', privateKey: app.pem, keyId: app.kid, token: undefined});
      await group(service, 'engineering');
      const found = await events({filter: `eventType eq "app.oauth2.token.grant.access_token" and actor.id eq "${app.client_id}"`});
      assert.equal(found.length, 1);
      assert.equal(found[0].actor.type, 'PublicClientApp');
    });

    test('pages to the end, both ways, and meets each event once', async () => {
      const until = new Date().toISOString();
      const whole = (await events({until})).map(({uuid}) => uuid);
      const paged = (await events({until, limit: 3})).map(({uuid}) => uuid);
      const back = (await events({until, limit: 3, sortOrder: 'DESCENDING'})).map(({uuid}) => uuid);
      assert.ok(whole.length > 6);
      assert.deepEqual(paged, whole);
      assert.deepEqual(back.reverse(), whole);
    });

    test('always has a next link to poll, which then brings what is new', async () => {
      const get = async (url) => fetch(url, {headers: {authorization: `SSWS ${token}`}});
      const next = (response) => /<([^>]+)>; rel="next"/.exec(response.headers.get('link'))[1];
      let response = await get(`${face.orgUrl}/api/v1/logs?limit=1000`);
      assert.ok((await response.json()).length > 0);
      response = await get(next(response));
      assert.deepEqual(await response.json(), []);
      const body = JSON.stringify({id: 'x', parameters: {action: 'REMOVE', attribute: 'member', values: ['y']}});
      await fetch(`${face.orgUrl}/api/v1/directories/${place.directory}/groups/modify`,
          {method: 'POST', body, headers: {authorization: `SSWS ${token}`, 'content-type': 'application/json'}});
      response = await get(next(response));
      const fresh = await response.json();
      assert.deepEqual(fresh.map(({eventType}) => eventType), ['directory.external.group.membership.remove']);
      assert.deepEqual(await (await get(next(response))).json(), []);
      // A cursor says nothing, and what is none of ours is refused.
      const cursor = new URL(next(response)).searchParams.get('after');
      assert.doesNotMatch(cursor, /^\d+(_\d+)?$/);
      for (const after of ['42', '42_1', cursor.slice(1)]) {
        response = await get(`${face.orgUrl}/api/v1/logs?after=${after}`);
        assert.equal(response.status, 400);
        assert.equal((await response.json()).errorCode, 'E0000029');
      }
    });

    test('is closed to a token without its scope, and refuses a wrong filter', async () => {
      const reader = dirbridge('token', 'create', `no logs ${face.name}`, '--scope', 'okta.groups.read');
      const refusal = (one, query) => all(one.systemLogApi.listLogEvents(query)).then(() => assert.fail(), (error) => error);
      const limited = client(face.orgUrl, {token: reader.token});
      // The SDK's collection hands on the refusal of its first page.
      assert.equal((await refusal(limited, {until: soon()})).errorCode, 'E0000006');
      assert.equal((await refusal(sdk, {filter: 'eventType eq', until: soon()})).errorCode, 'E0000031');
    });
  });
}
