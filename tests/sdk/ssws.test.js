// An API token: what the SDK reads, changes and is refused, over both faces of the hub.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {place, faces, client, dirbridge, all, group} = require('./support/stage');

// Resolves to the error that `promise` must fail with.
async function refusal(promise) {
  return promise.then(() => assert.fail('it was not refused'), (error) => error);
}

for (const face of faces) {
  describe(`an API token over ${face.name}`, () => {
    const sdk = client(face.orgUrl);

    test('lists the groups of the directory', async () => {
      const names = (await all(sdk.groupApi.listGroups())).map((one) => one.profile.name);
      for (const name of ['engineering', 'sales', 'vpn-users']) assert.ok(names.includes(name), name);
    });

    test('walks every page and meets each group once', async () => {
      const ids = (await all(sdk.groupApi.listGroups({limit: 2}))).map((one) => one.id);
      const whole = (await all(sdk.groupApi.listGroups())).map((one) => one.id);
      assert.deepEqual(ids, whole);
      assert.ok(sdk.exchanges.filter(({url}) => url.includes('limit=2')).length > 1);
    });

    test('reads one group as an imported one', async () => {
      const engineering = await group(sdk, 'engineering');
      const read = await sdk.groupApi.getGroup({groupId: engineering.id});
      assert.equal(read.profile.name, 'engineering');
      assert.equal(read.type, 'APP_GROUP');
      assert.deepEqual(read.objectClass, ['okta:user_group']);
    });

    test('lists the members of a group, also page by page', async () => {
      const everyone = await group(sdk, 'everyone');
      const whole = await all(sdk.groupApi.listGroupUsers({groupId: everyone.id}));
      assert.ok(whole.length > 10);
      assert.equal(whole[0].credentials.provider.type, 'LDAP');
      const paged = await all(sdk.groupApi.listGroupUsers({groupId: everyone.id, limit: 7}));
      assert.deepEqual(paged.map((one) => one.id), whole.map((one) => one.id));
    });

    test('lists users and reads one by id and by login', async () => {
      const users = await all(sdk.userApi.listUsers());
      assert.ok(users.length > 30);
      const zoe = users.find((one) => one.profile.login === 'zoe');
      assert.equal((await sdk.userApi.getUser({userId: zoe.id})).profile.login, 'zoe');
      assert.equal((await sdk.userApi.getUser({userId: 'zoe'})).id, zoe.id);
    });

    test('lists the agent pool', async () => {
      const pools = await all(sdk.agentPoolsApi.listAgentPools());
      // One for each directory; other tests make some of their own.
      const [pool, ...more] = pools.filter((one) => one.id === place.directory);
      assert.deepEqual(more, []);
      assert.equal(pool.type, 'LDAP');
      assert.equal(pool.operationalStatus, 'OPERATIONAL');
    });

    test('changes a membership, and the group shows it', async () => {
      const {id} = await group(sdk, 'engineering');
      const zoe = await sdk.userApi.getUser({userId: 'zoe'});
      const members = async () => (await all(sdk.groupApi.listGroupUsers({groupId: id}))).map((one) => one.id);
      const change = (action) => sdk.directoriesIntegrationApi.updateGroupMembership({
        appInstanceId: place.directory,
        agentAction: {id, parameters: {action, attribute: 'member', values: [zoe.id]}},
      });
      for (let round = 0; round < 2; ++round) {
        assert.equal(await change('ADD'), undefined);
        assert.ok((await members()).includes(zoe.id));
        assert.equal(await change('REMOVE'), undefined);
        assert.ok(!(await members()).includes(zoe.id));
      }
    });

    test('is told about an unknown group in the error object', async () => {
      const error = await refusal(sdk.groupApi.getGroup({groupId: '00gNoSuchGroup000000'}));
      assert.equal(error.name, 'OktaApiError');
      assert.equal(error.status, 404);
      assert.equal(error.errorCode, 'E0000007');
      assert.equal(error.errorSummary, 'Not found: Resource not found: 00gNoSuchGroup000000 (UserGroup)');
      assert.match(error.errorId, /^oae[A-Za-z0-9_-]{22}$/);
      assert.deepEqual(error.errorCauses, []);
    });

    test('is told about every bad field of a change at once', async () => {
      const error = await refusal(sdk.directoriesIntegrationApi.updateGroupMembership(
          {appInstanceId: place.directory, agentAction: {parameters: {action: 'MOVE', values: []}}}));
      assert.equal(error.status, 400);
      assert.equal(error.errorCode, 'E0000001');
      assert.ok(error.errorCauses.length >= 3, JSON.stringify(error.errorCauses));
    });

    test('is told about an unknown directory and an unknown user', async () => {
      const {id} = await group(sdk, 'engineering');
      const agentAction = {id, parameters: {action: 'ADD', attribute: 'member', values: ['00uNoSuchUser0000000']}};
      const call = (appInstanceId) => sdk.directoriesIntegrationApi.updateGroupMembership({appInstanceId, agentAction});
      assert.match((await refusal(call('0oa/strange id'))).errorSummary, /0oa\/strange id \(AppInstance\)$/);
      assert.match((await refusal(call(place.directory))).errorSummary, /00uNoSuchUser0000000 \(User\)$/);
    });

    test('is refused with a wrong token', async () => {
      const error = await refusal(client(face.orgUrl, {token: '00' + 'x'.repeat(40)}).groupApi.getGroup({groupId: 'a'}));
      assert.equal(error.status, 401);
      assert.equal(error.errorCode, 'E0000011');
    });

    test('is refused what its scopes do not cover', async () => {
      const reader = dirbridge('token', 'create', `reader ${face.name}`, '--scope', 'okta.groups.read');
      const limited = client(face.orgUrl, {token: reader.token});
      assert.ok((await all(limited.groupApi.listGroups())).length > 0);
      const error = await refusal(limited.userApi.getUser({userId: 'zoe'}));
      assert.equal(error.status, 403);
      assert.equal(error.errorCode, 'E0000006');
    });
  });
}
