#include "proto/okta_error.hpp"

#include <gtest/gtest.h>

#include <set>

#include "json/json.hpp"

namespace dirbridge::proto {
namespace {

TEST(OktaError, TheEnvelopeIsOktas) {
  const auto error = resource_not_found("0oa1", "AppInstance");
  EXPECT_EQ(error.status, 404);
  auto body = Json::parse(error.to_json());
  const auto id = body["errorId"].get<std::string>();
  EXPECT_EQ(id.size(), 25u);
  EXPECT_EQ(id.substr(0, 3), "oae");
  body.erase("errorId");
  EXPECT_EQ(body, (Json{{"errorCode", "E0000007"},
                        {"errorLink", "E0000007"},
                        {"errorCauses", Json::array()},
                        {"errorSummary", "Not found: Resource not found: 0oa1 (AppInstance)"}}));
}

TEST(OktaError, CausesAreAnArrayOfSummariesAndAGivenIdIsKept) {
  auto error = validation_failed("parameters.values", {"parameters.values: must hold at least one user id", "more"});
  error.id = "oae123";
  const auto body = Json::parse(error.to_json());
  EXPECT_EQ(body["errorId"], "oae123");
  EXPECT_EQ(body["errorSummary"], "Api validation failed: parameters.values");
  EXPECT_EQ(body["errorCauses"], Json::parse(R"([{"errorSummary":"parameters.values: must hold at least one user id"},)"
                                             R"({"errorSummary":"more"}])"));
}

TEST(OktaError, CodesAndStatusesAreThoseOfTheContract) {
  const std::vector<std::pair<OktaError, std::pair<int, const char*>>> table = {
      {not_well_formed(), {400, "E0000003"}},
      {validation_failed("id", {}), {400, "E0000001"}},
      {invalid_token(), {401, "E0000011"}},
      {no_credentials(), {401, "E0000015"}},
      {forbidden(), {403, "E0000006"}},
      {resource_not_found("x", "User"), {404, "E0000007"}},
      {invalid_cursor("after"), {400, "E0000029"}},
      {path_not_found(), {404, "E0000008"}},
      {method_not_supported(), {405, "E0000022"}},
      {body_too_large(1 << 20), {413, "E0000001"}},
      {target_too_long(16'384), {414, "E0000002"}},
      {unsupported_media("x"), {415, "E0000021"}},
      {header_too_large(16'384), {431, "E0000002"}},
      {internal_error(), {500, "E0000009"}},
      {no_connected_agents(), {502, "E0000236"}},
      {service_unavailable(), {503, "E0000181"}},
      {agent_timed_out(), {504, "E0000237"}}};
  for (const auto& [error, expected] : table) {
    EXPECT_EQ(error.status, expected.first);
    EXPECT_EQ(error.code, expected.second);
    EXPECT_FALSE(error.summary.empty());
    EXPECT_TRUE(Json::parse(error.to_json())["errorCauses"].is_array());
  }
}

TEST(OktaError, WhatIsTooLargeNamesThePartAndItsLimit) {
  EXPECT_NE(body_too_large(100).causes.at(0).find("body: must be at most 100 bytes"), std::string::npos);
  EXPECT_NE(header_too_large(200).causes.at(0).find("header: "), std::string::npos);
  EXPECT_NE(header_too_large(200).causes.at(0).find("200 bytes"), std::string::npos);
  EXPECT_NE(target_too_long(300).causes.at(0).find("300 bytes"), std::string::npos);
}

TEST(OktaError, TextFromOutsideNeitherBreaksTheJsonNorFillsIt) {
  auto error = forbidden("said \"\xFF\xFE\" \n\x01");
  EXPECT_NO_THROW(Json::parse(error.to_json()));
  EXPECT_LT(resource_not_found(std::string(1 << 20, 'x'), "User").to_json().size(), 600u);
  EXPECT_NO_THROW(Json::parse(validation_failed("\xC3\x28", {"\xED\xA0\x80"}).to_json()));
}

TEST(OktaError, EveryAnswerHasAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(Json::parse(internal_error().to_json())["errorId"].get<std::string>());
  EXPECT_EQ(ids.size(), 100u);
}

}  // namespace
}  // namespace dirbridge::proto
