#include "proto/plain_text.hpp"

#include <gtest/gtest.h>

#include <random>

#include "proto/json_codec.hpp"

namespace dirbridge::proto {
namespace {

MembershipChange some_change(std::size_t members) {
  MembershipChange change{{"00g1", "cn=g,dc=example", "g-uuid"}, Action::add, "member", {}};
  for (std::size_t i = 0; i < members; ++i)
    change.members.push_back({"00u" + std::to_string(i), "uid=u" + std::to_string(i) + ",dc=example", "uuid"});
  return change;
}
DeliveredJob some_job(MembershipChange change) {
  return {.job = JobId{"ADS1"},
          .lease = {3, 17},
          .delivery = 2,
          .reconcile = true,
          .lease_time = 30s,
          .remaining = 25s,
          .request = RequestId{"req1"},
          .change = std::move(change)};
}
// The frame read with a blank in it: by the reader of documents.
result<HubFrame> read_as_document(const std::string& text) { return parse_hub_frame(" " + text); }

TEST(PlainText, AStringIsWrittenAsTheDocumentWritesIt) {
  for (const std::string text :
       {"", "abc", "a\"b", "a\\b", "\x01\x1f\n\r\t\b\f", "\x7f", "\xC3\xBC", "\xFF", "a\xC3", "\xED\xA0\x80", "/"}) {
    std::string out = "x";
    append_text(out, text);
    EXPECT_EQ(out, "x" + dump(Json(text)));
  }
  std::string out;
  append_text(out, std::string("a\0b", 3));
  EXPECT_EQ(out, dump(Json(std::string("a\0b", 3))));
}

TEST(PlainText, AChangeIsWrittenAsTheDocumentWritesIt) {
  std::vector<MembershipChange> changes{some_change(1), some_change(3)};
  changes.back().action = Action::remove;
  changes.back().group.stable_id.clear();
  changes.back().members[0].dn = "cn=Doe\\, J\xC3\xBCrgen \"x\",dc=example";
  changes.back().members[1].stable_id = std::string(300, 's');
  changes.back().members[2].stable_id = std::string("a\0b\xFF", 4);
  for (const auto& change : changes) {
    std::string out;
    append_text(out, change);
    EXPECT_EQ(out, dump(to_json_value(change)));
  }
}

TEST(PlainText, TheSizeOfAFrameIsNeverTakenForLessThanItIs) {
  for (const char odd : {'a', '"', '\\', '\n', '\x01', '\x1f', ' ', '!', '\x7f'})
    for (std::size_t length = 1; length < 40; ++length)
      for (std::size_t at = 0; at < length; ++at) {
        std::string dn(length, 'x');
        dn[at] = odd;
        MembershipChange change{{"00g1", "\xC3\xBC", ""}, Action::add, "member", {{"00u1", dn, ""}}};
        const auto written = to_json(HubFrame{Jobs{1, 1, {some_job(change)}}}).size();
        change.members[0].dn.clear();
        const auto rest = frame_bytes(change);
        change.members[0].dn = dn;
        EXPECT_EQ(frame_bytes(change) - rest, dump(Json(dn)).size() - 2 + (odd == '\n' ? 4 : 0)) << length << " " << at;
        EXPECT_GE(frame_bytes(change), written);
      }
}

TEST(PlainText, WhatTheHubWritesIsReadWithoutADocumentAndIsTheSame) {
  auto odd_change = some_change(3);
  odd_change.action = Action::remove;
  odd_change.group.stable_id.clear();
  odd_change.members[1].dn = "cn=Doe\\, J\xC3\xBCrgen \"x\",dc=example";
  auto odd = some_job(std::move(odd_change));
  odd.request = RequestId{};
  odd.reconcile = false;
  for (const Jobs& frame : {Jobs{7, 123, {}}, Jobs{8, 0, {some_job(some_change(1))}},
                            Jobs{9, 5, {some_job(some_change(2)), odd, some_job(some_change(2'000))}}}) {
    const auto text = to_json(HubFrame{frame});
    const auto read = read_plain_jobs(text);
    ASSERT_TRUE(read) << text;
    const auto document = read_as_document(text);
    ASSERT_TRUE(document) << document.error().message();
    EXPECT_EQ(to_json(HubFrame{*read}), to_json(*document));
    ASSERT_EQ(read->jobs.size(), frame.jobs.size());
    for (std::size_t i = 0; i < frame.jobs.size(); ++i) EXPECT_EQ(read->jobs[i].change, frame.jobs[i].change);
    EXPECT_EQ(parse_json(text)->dump(), text) << "the keys are in their order";
  }
}

TEST(PlainText, WhatBreaksARuleIsLeftToTheReaderOfDocuments) {
  const auto good = to_json(HubFrame{Jobs{9, 5, {some_job(some_change(2))}}});
  const auto with = [&](std::string_view old, const std::string& replacement) {
    auto text = good;
    const auto at = text.find(old);
    EXPECT_NE(at, text.npos) << old;
    return text.replace(at, old.size(), replacement);
  };
  ASSERT_TRUE(read_plain_jobs(good));
  for (const auto& text : {good + " ",
                           with("\"ADD\"", "\"add\""),
                           with("00u1", "00u0"),
                           with("00u1", ""),
                           with("00u1", "00 1"),
                           with("00u1", std::string(65, 'x')),
                           with("uid=u1,dc=example", ""),
                           with("uid=u1,dc=example", std::string(4097, 'd')),
                           with("uid=u1,dc=example", "a\\u0000b"),
                           with("uid=u1,dc=example", "a\\nb"),
                           with("uid=u1,dc=example", "a\nb"),
                           with("uid=u1,dc=example", "a\xFF"),
                           with("uid=u1,dc=example", std::string("a\0b", 3)),
                           with("g-uuid", std::string(257, 's')),
                           with("\"member\"", "\"mem ber\""),
                           with("\"member\"", "\"\""),
                           with("\"delivery\":2", "\"delivery\":0"),
                           with("\"delivery\":2", "\"delivery\":02"),
                           with("\"delivery\":2", "\"delivery\":2.0"),
                           with("\"delivery\":2", "\"delivery\":-2"),
                           with("\"lease\":\"3.17\"", "\"lease\":\"3.017\""),
                           with("\"lease_ms\":30000", "\"lease_ms\":0"),
                           with("\"lease_ms\":30000", "\"lease_ms\":86400001"),
                           with("\"poll\":9", "\"poll\":9007199254740992"),
                           with("true", "1"),
                           with("\"poll\"", "\"pool\""),
                           with(",\"request\":\"req1\"", ",\"request\":\"\""),
                           with("\"delivery\":2", "\"delivery\":2,\"new\":1"),
                           with("{\"dn\"", "{ \"dn\"")})
    EXPECT_FALSE(read_plain_jobs(text)) << text;
}

// Whatever happens to the text on its way: it is read to the same frame as by the reader of documents, or left to it.
TEST(PlainText, NoDamageMakesTheTwoReadersDisagree) {
  std::mt19937 random{42};
  auto change = some_change(3);
  change.members[0].dn = "cn=\xC3\xBC\\, \"x\",dc=a";
  const auto job = some_job(std::move(change));
  const auto good = to_json(HubFrame{Jobs{9, 5, {job, some_job(some_change(1))}}});
  const std::string_view spice = "\"\\{}[],:0919aAeE.- \x01\xC3\xBC\x7F";
  std::size_t read_plainly = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto text = good;
    for (auto n = 1 + random() % 3; n > 0; --n) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = spice[random() % spice.size()]; break;
        case 1: text.erase(at, 1 + random() % 4); break;
        default: text.insert(at, 1, spice[random() % spice.size()]);
      }
    }
    const auto plain = read_plain_jobs(text);
    if (!plain) continue;
    ++read_plainly;
    const auto document = read_as_document(text);
    ASSERT_TRUE(document) << text << ": " << document.error().message();
    ASSERT_EQ(to_json(HubFrame{*plain}), to_json(*document)) << text;
  }
  EXPECT_GT(read_plainly, 1'000u);
}

// The body read with a key that is ignored before it: by the reader of documents.
boost::system::result<ModifyBody, BodyError> body_as_document(const std::string& text) {
  auto other = text;
  const auto at = other.find('{');
  if (at == other.npos) return parse_modify_body(other);
  const auto next = other.find_first_not_of(" \t\r\n", at + 1);
  return parse_modify_body(other.insert(at + 1, next != other.npos && other[next] == '}' ? "\"\":0" : "\"\":0,"));
}
void expect_equal(const ModifyBody& a, const ModifyBody& b, const std::string& text) {
  EXPECT_EQ(a.group, b.group) << text;
  EXPECT_EQ(a.action, b.action) << text;
  EXPECT_EQ(a.attribute, b.attribute) << text;
  EXPECT_EQ(a.values, b.values) << text;
}

TEST(PlainText, ABodyAsTheSdksWriteItIsReadWithoutADocument) {
  for (const std::string text :
       {R"({"id":"00g1","parameters":{"action":"ADD","attribute":"member","values":["00u1","00u2","00u1"]}})",
        R"({"id": "00g1", "parameters": {"action": "REMOVE", "attribute": "uniqueMember", "values": ["00u1"]}})",
        "\n{\t\"id\" :\"00g1\",\r\n \"parameters\":{\"action\":\"ADD\" , \"attribute\":\"member\",\"values\":[ \"a\" , "
        "\"b\" ] } }\n"}) {
    const auto plain = read_plain_body(text);
    ASSERT_TRUE(plain) << text;
    const auto document = body_as_document(text);
    ASSERT_TRUE(document) << text;
    expect_equal(*plain, *document, text);
  }
}

TEST(PlainText, NoDamageToABodyMakesTheTwoReadersDisagree) {
  std::mt19937 random{7};
  const std::string good =
      R"( {"id":"00g1", "parameters":{"action":"ADD","attribute":"member","values":["00u1","00u2","00u1"]}} )";
  const std::string_view spice = "\"\\{}[],:0919aAeE.- \x01\xC3\xBC\x7F";
  std::size_t read_plainly = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto text = good;
    for (auto n = 1 + random() % 3; n > 0; --n) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = spice[random() % spice.size()]; break;
        case 1: text.erase(at, 1 + random() % 4); break;
        default: text.insert(at, 1, spice[random() % spice.size()]);
      }
    }
    const auto plain = read_plain_body(text);
    if (!plain) continue;
    ++read_plainly;
    const auto document = body_as_document(text);
    ASSERT_TRUE(document) << text << ": " << document.error().reason;
    expect_equal(*plain, *document, text);
  }
  EXPECT_GT(read_plainly, 1'000u);
}

TEST(PlainText, ABodyOfTooManyOrTooLongValuesIsLeftToTheReaderOfDocuments) {
  const auto body = [](std::size_t count, const std::string& value) {
    std::string text = R"({"id":"00g1","parameters":{"action":"ADD","attribute":"member","values":[)";
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ",\"" : "\"") + value + "\"";
    return text + "]}}";
  };
  EXPECT_TRUE(read_plain_body(body(max_values, "u")));
  EXPECT_FALSE(read_plain_body(body(max_values + 1, "u")));
  EXPECT_TRUE(read_plain_body(body(1, std::string(max_id_bytes, 'u'))));
  EXPECT_FALSE(read_plain_body(body(1, std::string(max_id_bytes + 1, 'u'))));
  EXPECT_FALSE(read_plain_body(body(1, "")));
  EXPECT_FALSE(read_plain_body(body(0, "")));
}

}  // namespace
}  // namespace dirbridge::proto
