// Event hooks as the SDK makes them, with a receiver of our own: verified, told of a membership, turned off, deleted.
'use strict';
const assert = require('node:assert/strict');
const http = require('node:http');
const {once} = require('node:events');
const {after, before, describe, test} = require('node:test');
const {faces, client, all} = require('./support/stage');

const challengeHeader = 'x-okta-verification-challenge';

for (const face of faces) {
  describe(`event hooks over ${face.name}`, () => {
    const sdk = client(face.orgUrl);
    const received = [];
    let waiting = () => {};
    const receiver = http.createServer((request, response) => {
      let body = '';
      request.on('data', (part) => { body += part; });
      request.on('end', () => {
        const challenge = request.headers[challengeHeader];
        response.setHeader('content-type', 'application/json');
        response.end(challenge ? JSON.stringify({verification: challenge}) : '{}');
        if (challenge) return;
        received.push({headers: request.headers, body: JSON.parse(body)});
        waiting();
      });
    });
    const delivery = () => new Promise((resolve) => { waiting = () => resolve(received.at(-1)); });
    let definition;
    let hook;
    before(async () => {
      receiver.listen(0, '127.0.0.1');
      await once(receiver, 'listening');
      definition = {
        name: `hook ${face.name}`,
        events: {type: 'EVENT_TYPE', items: ['group.user_membership.add']},
        channel: {type: 'HTTP', version: '1.0.0',
          config: {uri: `http://127.0.0.1:${receiver.address().port}/`,
            authScheme: {type: 'HEADER', key: 'authorization', value: 'my secret'}}},
      };
    });
    after(() => receiver.close());

    test('one is made, shown without its secret, and listed', async () => {
      hook = await sdk.eventHookApi.createEventHook({eventHook: definition});
      assert.match(hook.id, /^who\w{17}$/);
      assert.equal(hook.status, 'ACTIVE');
      assert.equal(hook.verificationStatus, 'UNVERIFIED');
      const exchange = sdk.exchanges.at(-1);
      assert.ok(!exchange.body.includes('my secret'));
      assert.ok((await all(sdk.eventHookApi.listEventHooks())).some(({id}) => id === hook.id));
    });

    test('it is verified, and then told of what it asked for', async () => {
      const verified = await sdk.eventHookApi.verifyEventHook({eventHookId: hook.id});
      assert.equal(verified.verificationStatus, 'VERIFIED');
      const group = await sdk.groupApi.createGroup({group: {profile: {name: `hooked ${face.name}`}}});
      const zoe = await sdk.userApi.getUser({userId: 'zoe'});
      const told = delivery();
      await sdk.groupApi.assignUserToGroup({groupId: group.id, userId: zoe.id});
      const {headers, body} = await told;
      assert.equal(headers.authorization, 'my secret');
      assert.equal(body.eventType, 'com.okta.event_hook');
      assert.equal(body.source, `${face.orgUrl}/api/v1/eventHooks/${hook.id}`);
      assert.deepEqual(body.data.events.map(({eventType}) => eventType), ['group.user_membership.add']);
      assert.deepEqual(body.data.events[0].target.map(({id}) => id), [zoe.id, group.id]);
    });

    test('another name keeps it verified, another receiver does not', async () => {
      const renamed = {...definition, name: `renamed ${face.name}`};
      let answer = await sdk.eventHookApi.replaceEventHook({eventHookId: hook.id, eventHook: renamed});
      assert.equal(answer.name, renamed.name);
      assert.equal(answer.verificationStatus, 'VERIFIED');
      const channel = structuredClone(definition.channel);
      channel.config.uri += 'elsewhere';
      answer = await sdk.eventHookApi.replaceEventHook({eventHookId: hook.id, eventHook: {...definition, channel}});
      assert.equal(answer.verificationStatus, 'UNVERIFIED');
    });

    test('it is turned off and on again, and deleted', async () => {
      const id = {eventHookId: hook.id};
      assert.equal((await sdk.eventHookApi.deactivateEventHook(id)).status, 'INACTIVE');
      assert.equal((await sdk.eventHookApi.activateEventHook(id)).status, 'ACTIVE');
      await assert.rejects(sdk.eventHookApi.deleteEventHook(id), {status: 403, errorCode: 'E0000006'});
      await sdk.eventHookApi.deactivateEventHook(id);
      await sdk.eventHookApi.deleteEventHook(id);
      const refused = await sdk.eventHookApi.getEventHook(id).then(() => assert.fail(), (error) => error);
      assert.equal(refused.status, 404);
      assert.equal(refused.errorCode, 'E0000007');
    });

    test('a receiver that is not there is no proof', async () => {
      const gone = structuredClone(definition);
      gone.channel.config.uri = 'http://127.0.0.1:1/';
      const {id} = await sdk.eventHookApi.createEventHook({eventHook: gone});
      const refused = await sdk.eventHookApi.verifyEventHook({eventHookId: id}).then(() => assert.fail(), (error) => error);
      assert.equal(refused.status, 400);
      assert.equal(refused.errorCode, 'E0000001');
      await sdk.eventHookApi.deactivateEventHook({eventHookId: id});
      await sdk.eventHookApi.deleteEventHook({eventHookId: id});
    });
  });
}
