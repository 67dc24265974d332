// Groups, users and apps as the SDK asks for them: criteria, pages, expansions, app users, over both faces of the hub.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {place, faces, client, dirbridge, all, group} = require('./support/stage');

async function refusal(promise) {
  return promise.then(() => assert.fail('it was not refused'), (error) => error);
}
const names = (groups) => groups.map((one) => one.profile.name).sort();

for (const face of faces) {
  describe(`the catalog over ${face.name}`, () => {
    const sdk = client(face.orgUrl);

    test('the groups of one directory are found by type and source', async () => {
      const whole = await all(sdk.groupApi.listGroups());
      const imported = await all(sdk.groupApi.listGroups(
          {search: `type eq "APP_GROUP" and source.id eq "${place.directory}"`}));
      const ours = whole.filter((one) => one._links.source?.href.endsWith(place.directory));
      assert.deepEqual(names(imported), names(ours));
      assert.ok(ours.every((one) => one.type === 'APP_GROUP' && one.objectClass[0] === 'okta:user_group'));
      assert.deepEqual(await all(sdk.groupApi.listGroups({search: 'source.id eq "0oaNowhereNowhere001"'})), []);
    });

    test('groups are searched by profile and filtered by id and time, page by page', async () => {
      const engineering = await group(sdk, 'engineering');
      for (const criteria of [{search: 'profile.name eq "ENGINEERING"'}, {search: 'profile.name sw "engineer"'},
                              {filter: `id eq "${engineering.id}"`}, {q: 'Engineering'}])
        assert.ok(names(await all(sdk.groupApi.listGroups(criteria))).includes('engineering'), JSON.stringify(criteria));
      const filter = 'lastMembershipUpdated gt "2020-01-01T00:00:00.000Z"';
      const whole = await all(sdk.groupApi.listGroups({filter}));
      const paged = await all(sdk.groupApi.listGroups({filter, limit: 2}));
      assert.ok(whole.length > 2);
      assert.deepEqual(paged.map((one) => one.id), whole.map((one) => one.id));
      assert.deepEqual(await all(sdk.groupApi.listGroups({filter: 'lastUpdated gt "2999-01-01T00:00:00.000Z"'})), []);
    });

    test('stats and app are embedded on request', async () => {
      const [one] = await all(sdk.groupApi.listGroups({search: 'profile.name eq "engineering"', expand: 'stats,app'}));
      assert.ok(one._embedded.stats.usersCount > 0);
      assert.equal(one._embedded.app.id, place.directory);
    });

    test('criteria that are none and a cursor of another list are refused in the error object', async () => {
      const criteria = await refusal(all(sdk.groupApi.listGroups({search: 'profile.name is "x"'})));
      assert.equal(criteria.status, 400);
      assert.equal(criteria.errorCode, 'E0000031');
      const cursor = await refusal(all(sdk.userApi.listUsers({after: 'MDBnU3RhZmY'})));
      assert.equal(cursor.status, 400);
      assert.equal(cursor.errorCode, 'E0000029');
    });

    test('users are found by q, filter and search, and have their groups', async () => {
      const zoe = await sdk.userApi.getUser({userId: 'zoe'});
      for (const criteria of [{q: 'zoe'}, {filter: 'profile.login eq "zoe"'}, {filter: `id eq "${zoe.id}"`},
                              {search: 'profile.login sw "zo" and status eq "ACTIVE"'}])
        assert.ok((await all(sdk.userApi.listUsers(criteria))).some((one) => one.id === zoe.id), JSON.stringify(criteria));
      assert.deepEqual(await all(sdk.userApi.listUsers({filter: 'status eq "SUSPENDED"'})), []);
      assert.ok(names(await all(sdk.userApi.listUserGroups({userId: zoe.id}))).includes('everyone'));
    });

    test('the directory is an app with users and groups', async () => {
      const apps = await all(sdk.applicationApi.listApplications({filter: 'name eq "ldap_sun_one"'}));
      assert.ok(apps.some((one) => one.id === place.directory) && !apps.some((one) => one.id === place.windows));
      const app = await sdk.applicationApi.getApplication({appId: place.directory});
      assert.equal(app.name, 'ldap_sun_one');
      assert.equal(app.status, 'ACTIVE');
      const users = await all(sdk.applicationApi.listApplicationUsers({appId: app.id, limit: 7}));
      const known = (await all(sdk.userApi.listUsers())).filter((one) => one.credentials.provider.type === 'LDAP');
      assert.equal(users.length, known.length);
      const user = await sdk.applicationApi.getApplicationUser({appId: app.id, userId: users[0].id});
      assert.equal(user.externalId, users[0].externalId);
      assert.match(user.profile.dn, /=/);
      const engineering = await group(sdk, 'engineering');
      const [source] = await all(sdk.groupApi.listAssignedApplicationsForGroup({groupId: engineering.id}));
      assert.equal(source.id, place.directory);
      const assigned = await all(sdk.applicationApi.listApplicationGroupAssignments({appId: app.id}));
      assert.ok(assigned.some((one) => one.id === engineering.id));
      const one = await sdk.applicationApi.getApplicationGroupAssignment(
          {appId: app.id, groupId: engineering.id});
      assert.equal(one.id, engineering.id);
      const unknown = await refusal(sdk.applicationApi.getApplication({appId: '0oaNowhere'}));
      assert.match(unknown.errorSummary, /0oaNowhere \(AppInstance\)$/);
    });

    test('a group of Okta\'s own is made, renamed, given members and deleted', async () => {
      const name = `own of ${face.name}`;
      const made = await sdk.groupApi.createGroup({group: {profile: {name, description: 'by a test'}}});
      assert.equal(made.type, 'OKTA_GROUP');
      const groupId = made.id;
      const taken = await refusal(sdk.groupApi.createGroup({group: {profile: {name: name.toUpperCase()}}}));
      assert.equal(taken.errorCode, 'E0000001');
      const renamed = await sdk.groupApi.replaceGroup({groupId, group: {profile: {name: `${name} 2`}}});
      assert.equal(renamed.profile.name, `${name} 2`);
      assert.deepEqual(names(await all(sdk.groupApi.listGroups({filter: 'type eq "OKTA_GROUP"'}))), [`${name} 2`]);
      const {id: userId} = await sdk.userApi.getUser({userId: 'zoe'});
      const members = async () => (await all(sdk.groupApi.listGroupUsers({groupId}))).map((one) => one.id);
      await sdk.groupApi.assignUserToGroup({groupId, userId});
      assert.deepEqual(await members(), [userId]);
      assert.ok(names(await all(sdk.userApi.listUserGroups({userId}))).includes(`${name} 2`));
      await sdk.groupApi.unassignUserFromGroup({groupId, userId});
      assert.deepEqual(await members(), []);
      await sdk.groupApi.deleteGroup({groupId});
      assert.equal((await refusal(sdk.groupApi.getGroup({groupId}))).status, 404);
    });

    test('an imported group is refused what only Okta\'s own may have', async () => {
      const {id: groupId} = await group(sdk, 'engineering');
      const {id: userId} = await sdk.userApi.getUser({userId: 'zoe'});
      // One after the other: a promise that fails while another is awaited has nobody to hear it.
      for (const call of [() => sdk.groupApi.assignUserToGroup({groupId, userId}),
                          () => sdk.groupApi.deleteGroup({groupId}),
                          () => sdk.groupApi.unassignUserFromGroup({groupId, userId}),
                          () => sdk.groupApi.replaceGroup({groupId, group: {profile: {name: 'x'}}})]) {
        const error = await refusal(call());
        assert.equal(error.status, 403);
        assert.equal(error.errorCode, 'E0000006');
      }
    });

    test('a token that reads groups reads no apps', async () => {
      const reader = dirbridge('token', 'create', `no apps ${face.name}`, '--scope', 'okta.groups.read');
      const limited = client(face.orgUrl, {token: reader.token});
      const error = await refusal(limited.applicationApi.getApplication({appId: place.directory}));
      assert.equal(error.status, 403);
      assert.equal(error.errorCode, 'E0000006');
    });
  });
}
