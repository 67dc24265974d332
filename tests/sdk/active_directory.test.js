// An Active Directory domain as the SDK sees it (contract C1 to C4): its groups, app, users and agent pool.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {place, faces, client, all} = require('./support/stage');

const names = (groups) => groups.map((one) => one.profile.name).sort();

for (const face of faces) {
  describe(`an Active Directory over ${face.name}`, () => {
    const sdk = client(face.orgUrl);

    test('its groups are Windows security principals and are found by what they alone have', async () => {
      for (const search of ['profile.samAccountName sw "West"', 'profile.windowsDomainQualifiedName eq "CORP\\\\WestCoast"',
                            `type eq "APP_GROUP" and source.id eq "${place.windows}"`])
        assert.deepEqual(names(await all(sdk.groupApi.listGroups({search}))), ['West Coast'], search);
      const [group] = await all(sdk.groupApi.listGroups({search: `source.id eq "${place.windows}"`, expand: 'app'}));
      assert.deepEqual(group.objectClass, ['okta:windows_security_principal']);
      assert.equal(group.type, 'APP_GROUP');
      // This SDK's model of the profile leaves out what Okta's description does not name; the answer has it.
      const [{profile}] = JSON.parse(sdk.exchanges.at(-1).body);
      assert.deepEqual([profile.groupType, profile.groupScope, profile.objectSid],
                       ['Security', 'Global', 'S-1-5-21-717047489-1177238915-682003330-1177']);
      assert.equal(profile.externalId, 'OZJdWdONCU6h7WjQKp+LPA==');
      assert.equal(group._embedded.app.name, 'active_directory');
      assert.ok(group._links.logo[0].href.endsWith('/img/logos/groups/active_directory-medium.png'));
      assert.equal((await all(sdk.groupApi.listGroupUsers({groupId: group.id}))).length, 3);
    });

    test('it is the app active_directory with its users', async () => {
      const [app] = await all(sdk.applicationApi.listApplications({filter: 'name eq "active_directory"'}));
      assert.equal(app.id, place.windows);
      assert.equal(app.label, 'corp.example.org');
      const users = await all(sdk.applicationApi.listApplicationUsers({appId: app.id}));
      assert.equal(users.length, 3);
      const user = await sdk.applicationApi.getApplicationUser({appId: app.id, userId: users[0].id});
      assert.match(user.profile.objectSid, /^S-1-5-21-/);
      assert.match(user.profile.upn, /@corp\.example\.org$/);
      assert.equal(user.profile.samAccountName, user.credentials.userName);
      assert.equal(Buffer.from(user.externalId, 'base64').length, 16);
      const person = await sdk.userApi.getUser({userId: user.id});
      assert.equal(person.credentials.provider.type, 'ACTIVE_DIRECTORY');
      assert.equal(person.credentials.provider.name, 'corp.example.org');
    });

    test('users come in from it and are not made in it', async () => {
      const features = await all(sdk.applicationApi.listFeaturesForApplication({appId: place.windows}));
      assert.deepEqual(features.map((one) => [one.name, one.status]),
                       [['INBOUND_PROVISIONING', 'ENABLED'], ['USER_PROVISIONING', 'DISABLED']]);
      const one = await sdk.applicationApi.getFeatureForApplication(
          {appId: place.windows, name: 'INBOUND_PROVISIONING'});
      assert.equal(one.capabilities.importRules.userCreateAndMatch.exactMatchCriteria, 'USERNAME');
      assert.equal(one.capabilities.importSettings.username.userNameExpression, 'source.samAccountName');
      await assert.rejects(sdk.applicationApi.getFeatureForApplication({appId: place.windows, name: 'NONE'}),
                           {status: 404, errorCode: 'E0000007'});
    });

    test('its agents are a pool of type AD, and without one nothing can be changed', async () => {
      const pools = await all(sdk.agentPoolsApi.listAgentPools({poolType: 'AD'}));
      assert.deepEqual(pools.map((pool) => [pool.id, pool.type, pool.operationalStatus]),
                       [[place.windows, 'AD', 'DISRUPTED']]);
      const others = (await all(sdk.agentPoolsApi.listAgentPools({poolType: 'LDAP'}))).map((pool) => pool.id);
      assert.ok(others.includes(place.directory) && !others.includes(place.windows));
      const [group] = await all(sdk.groupApi.listGroups({search: `source.id eq "${place.windows}"`}));
      const [user] = await all(sdk.groupApi.listGroupUsers({groupId: group.id}));
      const change = {id: group.id, parameters: {action: 'REMOVE', attribute: 'member', values: [user.id]}};
      const error = await sdk.directoriesIntegrationApi.updateGroupMembership(
          {appInstanceId: place.windows, agentAction: change}).then(() => assert.fail('it was changed'), (e) => e);
      assert.equal(error.status, 502);
      assert.equal(error.errorCode, 'E0000236');
    });

    test('times of objects are whole seconds, and a filter by the last one misses nothing', async () => {
      const groups = await all(sdk.groupApi.listGroups());
      const time = (value) => value instanceof Date ? value.toISOString() : value;
      for (const group of groups)
        for (const key of ['created', 'lastUpdated', 'lastMembershipUpdated']) assert.match(time(group[key]), /\.000Z$/);
      const last = groups.map((group) => time(group.lastUpdated)).sort().pop();
      const newest = groups.filter((group) => time(group.lastUpdated) === last).map((group) => group.id);
      const later = (await all(sdk.groupApi.listGroups({filter: `lastUpdated ge "${last}"`}))).map((group) => group.id);
      assert.deepEqual(later.sort(), newest.sort());
    });
  });
}
