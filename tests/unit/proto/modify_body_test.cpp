// The body of POST groups/modify: what is accepted, and which fields are named when it is not.
#include <gtest/gtest.h>

#include "proto/membership_change.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::proto {
namespace {

using Field = BodyError::Field;

Json good_body() {
  return Json::parse(R"({"id":"00g1","parameters":{"action":"ADD","attribute":"member","values":["00u1"]}})");
}

std::vector<std::string> places(const BodyError& error) {
  std::vector<std::string> names;
  for (const auto& field : error.fields) names.push_back(field.field);
  return names;
}

std::vector<Field> fields_of_text(std::string_view text) {
  const auto parsed = parse_modify_body(text);
  EXPECT_FALSE(parsed) << "accepted: " << text.substr(0, 200);
  if (parsed) return {};
  EXPECT_TRUE(parsed.error().well_formed) << parsed.error().reason;
  EXPECT_FALSE(parsed.error().reason.empty());
  return parsed.error().fields;
}
std::vector<Field> fields_of(const Json& body) { return fields_of_text(body.dump()); }

void expect_not_well_formed(std::string_view text) {
  const auto parsed = parse_modify_body(text);
  ASSERT_FALSE(parsed) << "accepted: " << text.substr(0, 200);
  EXPECT_FALSE(parsed.error().well_formed) << text.substr(0, 200);
  EXPECT_TRUE(parsed.error().fields.empty());
  EXPECT_FALSE(parsed.error().reason.empty());
}

Json with(std::string_view pointer, const Json& value) {
  auto body = good_body();
  body[Json::json_pointer{std::string{pointer}}] = value;
  return body;
}

TEST(ModifyBody, AGoodBodyIsReadAndRepeatedValuesCountOnce) {
  const auto body = parse_modify_body(
      R"({"id":"00g1","parameters":{"action":"REMOVE","attribute":"uniqueMember","values":["00u2","00u1","00u2"]}})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->group, GroupId{"00g1"});
  EXPECT_EQ(body->action, Action::remove);
  EXPECT_EQ(body->attribute, "uniqueMember");
  EXPECT_EQ(body->values, (std::vector{UserId{"00u2"}, UserId{"00u1"}}));
}

TEST(ModifyBody, UnknownKeysAreIgnored) {
  auto body = good_body();
  body["comment"] = {{"deep", {1, 2, nullptr}}};
  body["parameters"]["later"] = true;
  EXPECT_TRUE(parse_modify_body(body.dump()));
}

TEST(ModifyBody, WhatIsNoJsonObjectIsNotWellFormed) {
  for (const auto* text : {"", "{", "[]", "null", "7", "\"x\"", "{} x", "{\"id\":\"00g1\",}", "{'id':1}"}) {
    expect_not_well_formed(text);
  }
  expect_not_well_formed(std::string(100'000, '['));
  expect_not_well_formed(std::string_view{"{}\0", 3});
  expect_not_well_formed(R"({"id":"\ud800"})");
  expect_not_well_formed(R"({"id":1e999})");
}

TEST(ModifyBody, EveryMissingOrNullFieldIsNamed) {
  EXPECT_EQ(fields_of_text("{}"), (std::vector<Field>{{"id", "is required"}, {"parameters", "is required"}}));
  EXPECT_EQ(fields_of_text(R"({"id":null,"parameters":{}})"),
            (std::vector<Field>{{"id", "is required"},
                                {"parameters.action", "is required"},
                                {"parameters.attribute", "is required"},
                                {"parameters.values", "is required"}}));
}

TEST(ModifyBody, EveryBadFieldIsNamedAtOnceInTheOrderOfTheSchema) {
  EXPECT_EQ(fields_of_text(R"({"parameters":{"values":["", 7, "00u1"],"attribute":"","action":"add"},"id":["00g1"]})"),
            (std::vector<Field>{{"id", "must be a string"},
                                {"parameters.action", "must be ADD or REMOVE"},
                                {"parameters.attribute", "must not be empty"},
                                {"parameters.values[0]", "must not be empty"},
                                {"parameters.values[1]", "must be a string"}}));
}

TEST(ModifyBody, AFieldOfAWrongTypeIsNamed) {
  const std::vector<Json> not_strings = {7, true, Json::array(), Json::object()};
  for (const auto& wrong : not_strings) {
    EXPECT_EQ(fields_of(with("/id", wrong)), (std::vector<Field>{{"id", "must be a string"}}));
    EXPECT_EQ(fields_of(with("/parameters/action", wrong)),
              (std::vector<Field>{{"parameters.action", "must be a string"}}));
    EXPECT_EQ(fields_of(with("/parameters/attribute", wrong)),
              (std::vector<Field>{{"parameters.attribute", "must be a string"}}));
    EXPECT_EQ(fields_of(with("/parameters/values/0", wrong)),
              (std::vector<Field>{{"parameters.values[0]", "must be a string"}}));
  }
  for (const auto& wrong : std::vector<Json>{7, "00u1", Json::object()}) {
    EXPECT_EQ(fields_of(with("/parameters/values", wrong)),
              (std::vector<Field>{{"parameters.values", "must be an array of user ids"}}));
  }
  for (const auto& wrong : std::vector<Json>{7, "x", Json::array()}) {
    EXPECT_EQ(fields_of(with("/parameters", wrong)), (std::vector<Field>{{"parameters", "must be an object"}}));
  }
}

TEST(ModifyBody, SizesAreLimitedExactly) {
  EXPECT_TRUE(parse_modify_body(with("/id", std::string(max_id_bytes, 'g')).dump()));
  EXPECT_EQ(fields_of(with("/id", std::string(max_id_bytes + 1, 'g'))),
            (std::vector<Field>{{"id", "must be at most 64 bytes"}}));
  EXPECT_TRUE(parse_modify_body(with("/parameters/attribute", std::string(max_attribute_bytes, 'a')).dump()));
  EXPECT_EQ(fields_of(with("/parameters/attribute", std::string(max_attribute_bytes + 1, 'a'))),
            (std::vector<Field>{{"parameters.attribute", "must be at most 128 bytes"}}));
  EXPECT_EQ(fields_of(with("/parameters/values", Json::array())),
            (std::vector<Field>{{"parameters.values", "must hold at least one user id"}}));
  EXPECT_EQ(fields_of(with("/parameters/values/0", std::string(65, 'u'))),
            (std::vector<Field>{{"parameters.values[0]", "must be at most 64 bytes"}}));

  auto values = Json::array();
  for (std::size_t i = 0; i < max_values; ++i) values.push_back("00u" + std::to_string(i));
  const auto full = parse_modify_body(with("/parameters/values", values).dump());
  ASSERT_TRUE(full);
  EXPECT_EQ(full->values.size(), max_values);
  values.push_back("00u0");  // a repeat counts: the limit is on what was sent
  EXPECT_EQ(fields_of(with("/parameters/values", values)),
            (std::vector<Field>{{"parameters.values", "must hold at most 10000 user ids, got 10001"}}));
}

TEST(ModifyBody, ABodyOfExactlyTheLimitIsReadAndOneByteMoreIsNot) {
  auto text = good_body().dump();
  text.append(max_body_bytes - text.size(), ' ');
  EXPECT_TRUE(parse_modify_body(text));
  expect_not_well_formed(text + ' ');
}

TEST(ModifyBody, OnlyTheFirstHundredBadValuesAreNamed) {
  auto values = Json::array();
  for (int i = 0; i < 5000; ++i) values.push_back(7);
  const auto fields = fields_of(with("/parameters/values", values));
  ASSERT_EQ(fields.size(), 101u);
  EXPECT_EQ(fields[99].field, "parameters.values[99]");
  EXPECT_EQ(fields[100], (Field{"parameters.values", "later values were not examined"}));
}

TEST(ModifyBody, TextThatIsNotUtf8NamesItsFields) {
  const std::string body =
      "{\"id\":\"00g\xFF\",\"parameters\":{\"action\":\"ADD\",\"attribute\":\"member\xC3\","
      "\"values\":[\"00u1\",\"\xED\xA0\x80\"]}}";
  EXPECT_EQ(fields_of_text(body), (std::vector<Field>{{"id", "is not UTF-8"},
                                                      {"parameters.attribute", "is not UTF-8"},
                                                      {"parameters.values[1]", "is not UTF-8"}}));
  EXPECT_EQ(
      fields_of_text(
          "{\"id\":\"00g1\",\"parameters\":{\"action\":\"ADD\xFF\",\"attribute\":\"member\",\"values\":[\"00u1\"]}}"),
      (std::vector<Field>{{"parameters.action", "is not UTF-8"}}));
  auto elsewhere = good_body().dump();
  elsewhere.insert(1, "\"note\":\"\xFF\",");
  expect_not_well_formed(elsewhere);
  auto outside = good_body().dump();
  expect_not_well_formed(outside + "\xFF");
}

TEST(ModifyBody, ARepeatedKeyIsNamed) {
  const std::string twice =
      R"({"id":"00g1","id":"00g2","parameters":{"action":"ADD","action":"REMOVE","attribute":"member",)"
      R"("values":["00u1"],"values":["00u2"]}})";
  EXPECT_EQ(fields_of_text(twice), (std::vector<Field>{{"id", "appears twice"},
                                                       {"parameters.action", "appears twice"},
                                                       {"parameters.values", "appears twice"}}));
  EXPECT_EQ(fields_of_text(R"({"id":"a","parameters":{},"parameters":{}})").front(),
            (Field{"parameters", "appears twice"}));
  auto unknown = good_body().dump();
  unknown.insert(1, R"("x":1,"x":2,)");
  EXPECT_EQ(fields_of_text(unknown), (std::vector<Field>{{"x", "appears twice"}}));
}

TEST(ModifyBody, ControlCharactersAndNulAreRefusedInIds) {
  EXPECT_EQ(fields_of(with("/id", std::string("00g\0x", 5))).front().field, "id");
  EXPECT_EQ(fields_of(with("/parameters/values/0", "00u\nX-Header: 1")).front().field, "parameters.values[0]");
}

TEST(ModifyBody, TheAttributeMustBeAnAttributeDescription) {
  for (const auto* good : {"member", "uniqueMember", "2.5.4.31", "member;x-range-0", "msDS-Members", "a", "x_y"}) {
    EXPECT_TRUE(parse_modify_body(with("/parameters/attribute", good).dump())) << good;
  }
  for (const auto* bad : {" member", "member ", "mem ber", "member;", ";x", "-member", "member)(cn=*", "mémber", "*",
                          "2.5.4.x", "member\\2a", "member=1"}) {
    EXPECT_EQ(places(parse_modify_body(with("/parameters/attribute", bad).dump()).error()),
              std::vector<std::string>{"parameters.attribute"})
        << bad;
  }
}

}  // namespace
}  // namespace dirbridge::proto
