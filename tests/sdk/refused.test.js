// What Okta's description allows and the hub refuses, as docs/api.md lists it: each body is held against Okta's schema
// before it is sent, so that the list has nothing that Okta refuses as well.
'use strict';
const assert = require('node:assert/strict');
const {describe, test} = require('node:test');
const {allowsBody} = require('./support/check_answer');
const {place, token, faces, client, group} = require('./support/stage');

const [{orgUrl}] = faces;
const long = (count) => 'x'.repeat(count);

async function code(method, target, body) {
  const headers = {authorization: `SSWS ${token}`, ...body && {'content-type': 'application/json'}};
  const answer = await fetch(orgUrl + target, {method, headers, body});
  const text = await answer.text();
  return `${answer.status} ${text === '' ? '' : JSON.parse(text).errorCode ?? ''}`.trim();
}

describe('what Okta\'s description allows and the hub refuses', () => {
  // Each of `bodies` is one that the description has room for and is answered 400 E0000001.
  async function areRefused(method, target, template, bodies) {
    for (const body of bodies) {
      const text = JSON.stringify(body);
      assert.ok(allowsBody(method, template, body), `Okta's schema has no room for it: ${text}`);
      assert.equal(await code(method, target, text), '400 E0000001', text.slice(0, 200));
    }
  }

  test('bodies of groups', async () => {
    const names = [' x', 'x ', ' ', '', 'x\u0007y', 'x\ty', 'x\u200fy', 'x\u202ey', 'x\u2066y', 'x\u061cy', 'x\u0085y', long(257)];
    const bodies = [{}, {profile: {}}, {profile: {description: 'no name'}}, ...names.map((name) => ({profile: {name}})),
      {profile: {name: 'refused', description: long(1025)}}, {profile: {name: 'refused', other: 'x'}}];
    await areRefused('POST', '/api/v1/groups', '/api/v1/groups', bodies);
    const sdk = client(orgUrl);
    const one = await sdk.groupApi.createGroup({group: {profile: {name: 'refused later'}}});
    await areRefused('PUT', `/api/v1/groups/${one.id}`, '/api/v1/groups/{groupId}', bodies);
    await areRefused('POST', '/api/v1/groups', '/api/v1/groups', [{profile: {name: 'Refused LATER'}}]);
    await sdk.groupApi.deleteGroup({groupId: one.id});
  });

  test('bodies of groups/modify', async () => {
    const ids = ['', long(65), 'x\u0007y', 'x\u007fy'];
    const parameters = {action: 'ADD', attribute: 'member', values: ['00u']};
    const bodies = [...ids.map((id) => ({id, parameters})), ...ids.map((id) => ({id: '00g', parameters: {...parameters, values: ['00u', id]}})),
      ...[[], Array.from({length: 10001}, (_, i) => `00u${i}`)].map((values) => ({id: '00g', parameters: {...parameters, values}})),
      ...['', 'a b', ' member', 'member;range=0-1', long(129)].map((attribute) => ({id: '00g', parameters: {...parameters, attribute}}))];
    await areRefused('POST', `/api/v1/directories/${place.directory}/groups/modify`,
        '/api/v1/directories/{appInstanceId}/groups/modify', bodies);
  });

  test('bodies of queries', async () => {
    const {id} = await group(client(orgUrl), 'engineering');
    const attributes = [[], ['cn;range=0-1'], [' cn'], ['cn', ''], [long(129)], ['member'], ['MEMBER;x'], ['memberOf'], ['*'], ['+'],
      ['2.5.4.31'], ['uniqueMember'], ['2.5.4.50'], Array.from({length: 65}, (_, i) => `a${i}`)];
    const target = `/api/v1/directories/${place.directory}/groups/${id}/query`;
    await areRefused('POST', target, '/api/v1/directories/{appInstanceId}/groups/{groupId}/query',
        attributes.map((one) => ({attributes: one})));
    assert.equal(await code('POST', target, JSON.stringify({attributes: ['cn'], padding: long(64 << 10)})), '400 E0000003');
  });

  test('bodies of event hooks', async () => {
    const good = {name: 'refused', events: {type: 'EVENT_TYPE', items: ['group.user_membership.add']},
      channel: {type: 'HTTP', version: '1.0.0', config: {uri: 'http://127.0.0.1:1/'}}};
    const events = (more) => ({...good, events: {...good.events, ...more}});
    const config = (more) => ({...good, channel: {...good.channel, config: {...good.channel.config, ...more}}});
    const auth = {type: 'HEADER', key: 'authorization', value: 'x'};
    const without = (key) => Object.fromEntries(Object.entries(auth).filter(([name]) => name !== key));
    const one = (key, value) => config({headers: [{key, value}]});
    const bodies = [
      ...['', ' ', long(256)].map((name) => ({...good, name})), {...good, description: long(1025)},
      ...[[], ['no event'], [''], [long(129)], ['directory.external.group.membership.add'],
        Array.from({length: 101}, (_, i) => `type.${i}`)].map((items) => events({items})),
      events({filter: {type: 'EXPRESSION_LANGUAGE', eventFilterMap: []}}),
      {...good, channel: {...good.channel, version: '1.0.1'}},
      ...['ftp://host/', 'ws://host/', 'host', 'http://user:password@127.0.0.1:1/', `http://host/${long(1024)}`].map((uri) => config({uri})),
      config({headers: [{}]}), config({headers: [null]}), config({headers: [{key: 'a'}]}), config({headers: [{value: 'a'}]}),
      config({headers: Array.from({length: 11}, (_, i) => ({key: `k${i}`, value: 'v'}))}),
      one('a b', 'v'), one(long(65), 'v'), one('Host', 'v'), one('content-length', 'v'), one('a', 'ü'), one('a', long(1025)), one('a', 'x\r\ny'),
      ...[{}, without('type'), without('key'), without('value'), {...auth, key: 'host'}, {...auth, value: 'ü'}, {...auth, value: ''}]
          .map((authScheme) => config({authScheme})),
    ];
    await areRefused('POST', '/api/v1/eventHooks', '/api/v1/eventHooks', bodies);
    const sdk = client(orgUrl);
    const {id} = await sdk.eventHookApi.createEventHook({eventHook: good});
    await areRefused('PUT', `/api/v1/eventHooks/${id}`, '/api/v1/eventHooks/{eventHookId}', bodies);
    await sdk.eventHookApi.deactivateEventHook({eventHookId: id});
    await sdk.eventHookApi.deleteEventHook({eventHookId: id});
  });

  test('JSON that is nested too deep or has a key twice', async () => {
    const deep = `${'['.repeat(17)}${']'.repeat(17)}`;
    const {id} = await group(client(orgUrl), 'engineering');
    for (const target of ['/api/v1/groups', '/api/v1/eventHooks', `/api/v1/directories/${place.directory}/groups/${id}/query`])
      for (const body of [`{"x":${deep}}`, '{"x":1,"x":1}']) assert.equal(await code('POST', target, body), '400 E0000003', `${target} ${body}`);
    const modify = `/api/v1/directories/${place.directory}/groups/modify`;
    assert.equal(await code('POST', modify, `{"x":${deep}}`), '400 E0000003');
    assert.equal(await code('POST', modify, '{"id":"00g","id":"00g"}'), '400 E0000001');
  });

  test('limits of lists', async () => {
    const {id} = await group(client(orgUrl), 'engineering');
    const lists = [['groups'], ['users'], ['apps'], [`groups/${id}/users`], [`groups/${id}/apps`], [`apps/${place.directory}/users`],
      [`apps/${place.directory}/groups`], ['agentPools', 'limitPerPoolType']];
    for (const [list, name = 'limit'] of lists) {
      for (const limit of ['0', list === 'apps' ? '-2' : '-1', 'ten', '', '1.5'])
        assert.equal(await code('GET', `/api/v1/${list}?${name}=${limit}`), '400 E0000001', `${list} ${limit}`);
      assert.equal(await code('GET', `/api/v1/${list}?${name}=1000000`), '200');
    }
    assert.equal(await code('GET', '/api/v1/apps?limit=-1'), '200');
    for (const limit of ['-1', '1001']) assert.equal(await code('GET', `/api/v1/logs?limit=${limit}`), '400 E0000001');
    assert.equal(await code('GET', '/api/v1/logs?since=2026-01-02T00:00:00.000Z&until=2026-01-01T00:00:00.000Z'), '400 E0000001');
    assert.equal(await code('GET', '/api/v1/groups?q=%ff'), '400 E0000001');
  });

  test('criteria of lists', async () => {
    const ask = (list, name, text) => code('GET', `/api/v1/${list}?${name}=${encodeURIComponent(text)}`);
    const nested = (depth) => `${'('.repeat(depth)}id eq "x"${')'.repeat(depth)}`;
    const texts = [`id eq "${long(4096)}"`, nested(33), 'not '.repeat(33) + 'id eq "x"', Array(101).fill('id eq "x"').join(' or ')];
    for (const [list, name] of [['groups', 'search'], ['groups', 'filter'], ['users', 'search'], ['users', 'filter'], ['apps', 'filter']]) {
      for (const text of texts) assert.equal(await ask(list, name, text), '400 E0000031', `${list} ${name} ${text.slice(0, 50)}`);
      assert.equal(await ask(list, name, nested(32)), '200', `${list} ${name}`);
      assert.equal(await ask(list, name, 'size eq 1'), '400 E0000031');
    }
    for (const text of [texts[0], nested(33), 'size eq 1']) assert.equal(await ask('logs', 'filter', text), '400 E0000031');
    assert.equal(await ask('groups', 'search', 'lastUpdated gt "yesterday"'), '400 E0000031');
    assert.equal(await ask('apps', 'search', 'id eq "x"'), '400 E0000031');
    for (const list of ['groups', 'users']) {
      assert.equal(await code('GET', `/api/v1/${list}?search=id%20pr&sortBy=lastUpdated`), '400 E0000031');
      assert.equal(await code('GET', `/api/v1/${list}?search=id%20pr&sortOrder=desc`), '400 E0000031');
    }
    assert.equal(await code('GET', '/api/v1/agentPools?poolType=NTLM'), '400 E0000001');
    assert.equal(await code('GET', `/api/v1/logs?q=${Array(11).fill('a').join('%20')}`), '400 E0000001');
    assert.equal(await code('GET', `/api/v1/logs?q=${long(41)}`), '400 E0000001');
  });
});
