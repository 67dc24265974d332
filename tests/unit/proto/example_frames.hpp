// One full example of every frame: every key present, every value different from its default.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::proto {

struct ExampleFrame {
  std::string_view type;
  std::string_view text;
  std::vector<std::string> optional;  // places of the keys that may be absent, array indices left out: "jobs[].request"
};

inline const std::vector<ExampleFrame>& example_agent_frames() {
  static const std::vector<ExampleFrame> frames = {
      {"hello",
       R"({"type":"hello","version":1,"agent":"a53d6jnf0kg38CpYG0h7","name":"ldap-1","software":"dirbridge/0.1.0",)"
       R"("instance":"9f2c4e"})",
       {}},
      {"hello",
       R"({"type":"hello","version":1,"enrol_code":"K7QF-2M9X-PD4T","name":"ldap-1","software":"dirbridge/0.1.0",)"
       R"("public_key":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","instance":"9f2c4e"})",
       {}},
      {"proof",
       R"({"type":"proof","signature":)"
       R"("5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw"})",
       {}},
      {"open_jobs", R"({"type":"open_jobs","jobs":[{"job":"ADS1","lease":"3.17","state":"sent"}]})", {}},
      {"poll", R"({"type":"poll","poll":7,"credit":16,"wait_ms":20000})", {}},
      {"report",
       R"({"type":"report","job":"ADS1","lease":"3.17","final":false,"took_ms":12,"operation":"modify cn=g member +3",)"
       R"("outcome":{"count":3,"findings":[)"
       R"({"verdict":"refused","evidence":"result","code":50,"diagnostic":"no write access","advice":"grant it",)"
       R"("values":[[0,0],[2,2]]},)"
       R"({"verdict":"already","evidence":"read_back","code":20,"diagnostic":"exists","advice":"none",)"
       R"("values":[[1,1]]}]}})",
       {"operation", "outcome.findings[].evidence", "outcome.findings[].code", "outcome.findings[].diagnostic",
        "outcome.findings[].advice"}},
      {"renew", R"({"type":"renew","leases":["3.17","3.18"]})", {}},
      {"heartbeat",
       R"({"type":"heartbeat","sent":81234,"directory_state":"unhealthy","directory_detail":"no answer"})",
       {"directory_detail"}},
      {"import_begin",
       R"({"type":"import_begin","import":"imp1","requested_by":"c0ffee","kind":"active_directory"})",
       {"requested_by", "kind"}},
      {"import_batch",
       R"({"type":"import_batch","import":"imp1","sequence":4,"users":[{"stable_id":"u-1","dn":"uid=ann,dc=x",)"
       R"("key":"uid=ann,dc=x","login":"ann","email":"ann@x.example","first_name":"Ann","last_name":"Lee",)"
       R"("display_name":"Ann Lee","sam_account_name":"ann","upn":"ann@x.example","object_sid":"S-1-5-21-1-2-3-1104"}],)"
       R"("groups":[{"stable_id":"g-1","dn":"cn=g,dc=x","key":"cn=g,dc=X","name":"g",)"
       R"("description":"a group","attribute":"member","object_class":"groupOfNames","member_keys":["uid=ann,dc=x"],)"
       R"("sam_account_name":"g","object_sid":"S-1-5-21-1-2-3-1177","domain":"X","group_type":"Distribution",)"
       R"("group_scope":"Universal"}]})",
       {"users[].email", "users[].first_name", "users[].last_name", "users[].display_name", "users[].sam_account_name",
        "users[].upn", "users[].object_sid", "groups[].description", "groups[].sam_account_name", "groups[].object_sid",
        "groups[].domain", "groups[].group_type", "groups[].group_scope"}},
      {"import_end", R"({"type":"import_end","import":"imp1","users":120000,"groups":1200})", {}},
      {"import_failed", R"({"type":"import_failed","import":"imp1","reason":"page 3 was refused"})", {"reason"}},
      {"read_result",
       R"({"type":"read_result","read":"rdj1","status":"refused","code":50,"reason":"no read access",)"
       R"("attributes":[{"name":"cn","values":["g","G"]}]})",
       {"code", "reason"}},
      {"preview_result",
       R"({"type":"preview_result","preview":"dry1","status":"told","changes":[{"dn":"cn=g,dc=x","add":1,"remove":2,)"
       R"("ldif":"dn: cn=g,dc=x\n"}],"outcome":{"count":1,"findings":[{"verdict":"refused","evidence":"read_back",)"
       R"("code":32,"diagnostic":"no such object","advice":"import again","values":[[0,0]]}]},)"
       R"("unpredicted":"rights","code":50,"reason":"no read access"})",
       {"outcome.findings[].evidence", "outcome.findings[].code", "outcome.findings[].diagnostic",
        "outcome.findings[].advice", "unpredicted", "code", "reason"}},
  };
  return frames;
}

inline const std::vector<ExampleFrame>& example_hub_frames() {
  static const std::vector<ExampleFrame> frames = {
      {"challenge", R"({"type":"challenge","nonce":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", {}},
      {"enrolled", R"({"type":"enrolled","agent":"a53d6jnf0kg38CpYG0h7","directory":"0oa1"})", {}},
      {"welcome",
       R"({"type":"welcome","directory":"0oa1","epoch":3,"at":5000,"heartbeat_ms":10000,"silence_ms":30000})",
       {}},
      {"jobs",
       R"({"type":"jobs","poll":7,"at":81234,"jobs":[{"job":"ADS1","lease":"3.17","delivery":2,"reconcile":true,)"
       R"("lease_ms":12000,"remaining_ms":9500,"request":"c0ffee","change":{"group":{"id":"00g1","dn":"cn=g,dc=x",)"
       R"("stable_id":"g-1"},"action":"REMOVE","attribute":"uniqueMember","members":[{"id":"00u1","dn":"uid=ann,dc=x",)"
       R"("stable_id":"u-1"},{"id":"00u2","dn":"uid=bob,dc=x","stable_id":"u-2"}]}}]})",
       {"jobs[].request", "jobs[].change.group.stable_id", "jobs[].change.members[].stable_id"}},
      {"cancel", R"({"type":"cancel","job":"ADS1","lease":"3.17","reason":"deadline"})", {"reason"}},
      {"report_ack", R"({"type":"report_ack","lease":"3.17","status":"late"})", {}},
      {"heartbeat_ack", R"({"type":"heartbeat_ack","sent":81234,"at":5012})", {}},
      {"open_jobs_ack", R"({"type":"open_jobs_ack","keep":["3.17"],"drop":["2.4","3.9"]})", {}},
      {"import_request", R"({"type":"import_request","import":"imp1","request":"c0ffee"})", {"request"}},
      {"import_ack", R"({"type":"import_ack","import":"imp1","sequence":4})", {}},
      {"go_away", R"({"type":"go_away","reason":"the hub restarts","final":true,"retry_after_ms":1500})", {"reason"}},
      {"read",
       R"({"type":"read","read":"rdj1","remaining_ms":9500,"request":"c0ffee","dn":"cn=g,dc=x","stable_id":"g-1",)"
       R"("attributes":["cn","description"]})",
       {"request", "stable_id"}},
      {"preview",
       R"({"type":"preview","preview":"dry1","remaining_ms":9500,"request":"c0ffee","change":{"group":{"id":"00g1",)"
       R"("dn":"cn=g,dc=x","stable_id":"g-1"},"action":"REMOVE","attribute":"uniqueMember",)"
       R"("members":[{"id":"00u1","dn":"uid=ann,dc=x","stable_id":"u-1"}]}})",
       {"request", "change.group.stable_id", "change.members[].stable_id"}},
  };
  return frames;
}

}  // namespace dirbridge::proto
