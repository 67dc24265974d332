#include "hub/http/content.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

// The status of a POST of "{}" with one more header; 0 if it is let through.
int status_with(const std::string& name, const std::string& value, const std::string& body = "{}") {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/x";
  request.body = body;
  request.headers.emplace(name, value);
  const auto problem = problem_of_content(request);
  return problem ? problem->status : 0;
}

TEST(Content, JsonIsTakenWithAnyParameterAndInAnyCase) {
  for (const char* type :
       {"application/json", "application/json;charset=UTF-8", "Application/JSON ; okta-version=1.0.0"})
    EXPECT_EQ(status_with("Content-Type", type), 0) << type;
}

TEST(Content, ABodyWithoutATypeIsTakenForJson) { EXPECT_EQ(status_with("X-Nothing", ""), 0); }

TEST(Content, AnotherTypeIs415AndTheSentenceNamesBoth) {
  for (const char* type :
       {"application/x-www-form-urlencoded", "text/plain", "application/jsonp", "application/xml", ";"})
    EXPECT_EQ(status_with("Content-Type", type), 415) << type;
  net::HttpRequest request;
  request.body = "{}";
  request.headers.emplace("Content-Type", "text/plain");
  const auto problem = problem_of_content(request);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code, "E0000021");
  EXPECT_EQ(problem->causes.at(0), "Content-Type: the body must be application/json, not \"text/plain\"");
}

TEST(Content, ABodyOfTwoTypesIs415) {
  net::HttpRequest request;
  request.body = "{}";
  for (int i = 0; i < 2; ++i) request.headers.emplace("Content-Type", "application/json");
  EXPECT_EQ(problem_of_content(request)->status, 415);
}

TEST(Content, ACompressedBodyIs415) {
  for (const char* coding : {"gzip", "deflate", "br", "identity, gzip"})
    EXPECT_EQ(status_with("Content-Encoding", coding), 415) << coding;
  EXPECT_EQ(status_with("Content-Encoding", "Identity"), 0);
}

TEST(Content, WithoutABodyItsHeadersMeanNothing) {
  EXPECT_EQ(status_with("Content-Type", "text/plain", ""), 0);
  EXPECT_EQ(status_with("Content-Encoding", "gzip", ""), 0);
}

TEST(Content, AQueryThatCannotBeDecodedIsRefusedAndNotTakenForAbsent) {
  for (const char* query : {"?after=%zz", "?q=%ff", "?%c3=x", "?limit=1&after=%"}) {
    net::HttpRequest request;
    request.target = std::string{"/x"} + query;
    const auto problem = problem_of_content(request);
    ASSERT_TRUE(problem) << query;
    EXPECT_EQ(problem->status, 400) << query;
  }
  net::HttpRequest fine;
  fine.target = "/x?q=J%C3%BCrgen+M&empty=&&a=%25";
  EXPECT_FALSE(problem_of_content(fine));
}

}  // namespace
}  // namespace dirbridge::hub
