#include "hub/http/router.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

Router sample() {
  Router router;
  const Endpoint none = [](Call&) -> asio::awaitable<net::HttpResponse> { co_return net::HttpResponse{}; };
  router.add("GET", "/api/v1/groups", "s", none);
  router.add("GET", "/api/v1/groups/{id}", "s", none);
  router.add("POST", "/api/v1/directories/{appInstanceId}/groups/modify", "s", none);
  return router;
}

TEST(Router, ASegmentIsPercentDecodedBeforeItIsMatchedSoThatAnEncodedSlashStaysInsideIt) {
  const auto router = sample();
  const auto match = router.find("POST", "/api/v1/directories/0oa1%2Fx/groups/modify");
  ASSERT_EQ(match.kind, Router::Match::Kind::found);
  EXPECT_EQ(match.path.at("appInstanceId"), "0oa1/x");
}

TEST(Router, APathOfOktasThatNobodyServesIsToldFromOneThatDoesNotExist) {
  const auto router = sample();
  const auto match = router.find("GET", "/api/v1/policies/00p1/rules");
  EXPECT_EQ(match.kind, Router::Match::Kind::not_served);
  EXPECT_EQ(match.okta_path, "/api/v1/policies/{}/rules");
  EXPECT_EQ(router.find("GET", "/api/v1/policies/00p1/rulez").kind, Router::Match::Kind::no_path);
  EXPECT_EQ(router.find("GET", "/api/v1/policies//rules").kind, Router::Match::Kind::no_path);
  EXPECT_EQ(router.find("POST", "/api/v1/authn").kind, Router::Match::Kind::not_served);
}

TEST(Router, AFixedPathOfOktasIsNotTakenForAnIdOfOurs) {
  const auto router = sample();
  EXPECT_EQ(router.find("GET", "/api/v1/groups/rules").kind, Router::Match::Kind::not_served);
  EXPECT_EQ(router.find("POST", "/api/v1/groups/rules").kind, Router::Match::Kind::not_served);
  EXPECT_EQ(router.find("GET", "/api/v1/groups/rulers").kind, Router::Match::Kind::found);
  EXPECT_EQ(router.find("DELETE", "/api/v1/groups/00g1").kind, Router::Match::Kind::no_method);
}

TEST(Router, AnUnknownPathAndAWrongMethodAreToldApart) {
  const auto router = sample();
  EXPECT_EQ(router.find("GET", "/api/v1/nothing").kind, Router::Match::Kind::no_path);
  EXPECT_EQ(router.find("DELETE", "/api/v1/groups").kind, Router::Match::Kind::no_method);
  EXPECT_EQ(router.find("HEAD", "/api/v1/groups").kind, Router::Match::Kind::found);
}

TEST(Router, APathIsOpenIfNoneOfItsMethodsNeedsAToken) {
  Router router;
  const Endpoint none = [](Call&) -> asio::awaitable<net::HttpResponse> { co_return net::HttpResponse{}; };
  router.add("GET", "/open", "", none);
  router.add("POST", "/open", "", none);
  router.add("GET", "/mixed", "", none);
  router.add("POST", "/mixed", "s", none);
  router.add("GET", "/mixed/{id}", "s", none);
  EXPECT_TRUE(router.find("DELETE", "/open").is_open);
  EXPECT_FALSE(router.find("DELETE", "/mixed").is_open);
  EXPECT_FALSE(router.find("DELETE", "/mixed/x").is_open);
}

TEST(Router, AWrongMethodIsToldWhichOnesAreRight) {
  auto router = sample();
  router.add("DELETE", "/api/v1/groups/{id}", "s", nullptr);
  EXPECT_EQ(router.find("POST", "/api/v1/groups").allow, "GET, HEAD");
  EXPECT_EQ(router.find("PUT", "/api/v1/groups/00g1").allow, "GET, HEAD, DELETE");
  EXPECT_EQ(router.find("GET", "/api/v1/directories/0oa1/groups/modify").allow, "POST");
}

TEST(Router, HostilePathsAreNoPathAndNeverACrash) {
  const auto router = sample();
  for (const auto* path : {"", "api", "/", "//", "/api/v1/groups/", "/api/v1/groups/%zz", "/api/v1/groups/%00",
                           "/api/v1/groups/%ff%fe", "/api/v1/groups/a/b/c/d"})
    EXPECT_EQ(router.find("GET", path).kind, Router::Match::Kind::no_path) << path;
}

}  // namespace
}  // namespace dirbridge::hub
