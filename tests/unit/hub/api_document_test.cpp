// docs/api.md is true: the tests it names exist, and it names every endpoint that the hub has.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "base/text.hpp"

namespace dirbridge::hub {
namespace {

const std::string root = DIRBRIDGE_SOURCE_DIR;

std::string text_below(const std::string& folder, const std::string& extension) {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root + "/" + folder})
    if (entry.path().extension() == extension && entry.path().string().find("node_modules") == std::string::npos)
      text += read_file(entry.path().string()).value();
  return text;
}

std::vector<std::smatch> all_of(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator{text.begin(), text.end(), pattern}, {}};
}

TEST(ApiDocument, EveryTestThatItNamesExists) {
  const auto document = read_file(root + "/docs/api.md").value();
  const auto sources = text_below("tests", ".cpp");
  std::set<std::string> tests;
  const std::regex defined{R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))"};
  for (const auto& found : all_of(sources, defined)) tests.insert(found.str(1) + "." + found.str(2));
  ASSERT_GT(tests.size(), 500u);
  std::size_t named = 0;
  const std::regex cpp_name{R"(`([A-Z]\w+\.[A-Z]\w+)`)"};
  for (const auto& found : all_of(document, cpp_name)) {
    ++named;
    EXPECT_TRUE(tests.contains(found.str(1))) << found.str(1);
  }
  const std::regex sdk_name{R"(`(\w+\.test\.js): ([^`]+)`)"};
  for (const auto& found : all_of(document, sdk_name)) {
    ++named;
    const auto file = read_file(root + "/tests/sdk/" + found.str(1));
    EXPECT_TRUE(file && file->find("test('" + found.str(2) + "'") != std::string::npos) << found.str(0);
  }
  EXPECT_GT(named, 60u);
}

TEST(ApiDocument, EveryFactOfItsTablesHasATestOrAReasonWhyNot) {
  const auto document = read_file(root + "/docs/api.md").value();
  const std::regex row{R"(\n\| ([AB][0-9][^|]*)\|([^|]*)\|([^|]*)\|)"};
  const auto rows = all_of(document, row);
  EXPECT_GT(rows.size(), 40u);
  for (const auto& found : rows) EXPECT_FALSE(trim(found.str(3)).empty()) << found.str(0);
}

// The query parameters and headers that Okta's description (release 2026.06.3) has for the calls that are served here.
// Each is in the call's row of the endpoints, or is said to be passed over or refused.
TEST(ApiDocument, EveryParameterThatOktaDescribesForAServedCallIsNamed) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> described{
      {"GET /api/v1/agentPools", {"limitPerPoolType", "poolType", "after"}},
      {"GET /api/v1/apps",
       {"q", "after", "useOptimization", "alwaysIncludeVpnSettings", "limit", "filter", "expand", "includeNonDeleted"}},
      {"GET /api/v1/apps/{}", {"expand"}},
      {"GET /api/v1/apps/{}/groups", {"q", "after", "limit", "expand"}},
      {"GET /api/v1/apps/{}/users", {"after", "limit", "q", "expand"}},
      {"GET /api/v1/apps/{}/users/{}", {"expand"}},
      {"GET /api/v1/groups", {"search", "filter", "q", "after", "limit", "expand", "sortBy", "sortOrder"}},
      {"GET /api/v1/groups/{}/apps", {"after", "limit"}},
      {"GET /api/v1/groups/{}/users", {"after", "limit"}},
      {"GET /api/v1/logs", {"since", "until", "after", "filter", "q", "limit", "sortOrder"}},
      {"GET /api/v1/users",
       {"Content-Type", "search", "filter", "q", "after", "limit", "sortBy", "sortOrder", "fields", "expand"}},
      {"GET /api/v1/users/{}", {"Content-Type", "expand"}}};
  const std::regex holder{R"(\{\w+\})"};
  const auto document = std::regex_replace(read_file(root + "/docs/api.md").value(), holder, std::string{"{}"});
  for (const auto& [call, parameters] : described) {
    std::string rows;
    for (const auto line : split(document, '\n'))
      if (line.find("| `" + call + "` |") != std::string_view::npos) rows += line;
    EXPECT_FALSE(rows.empty()) << call;
    for (const auto& name : parameters)
      EXPECT_TRUE(rows.find("`" + name + "`") != std::string::npos || rows.find("`" + name + "=") != std::string::npos)
          << call << ": " << name;
  }
}

TEST(ApiDocument, EveryEndpointIsNamed) {
  const auto okta = read_file(root + "/docs/api.md").value();
  const auto own = read_file(root + "/docs/operator-api.md").value();
  const std::regex added{R"rx(router\.add\(\s*"([A-Z]+)",\s*"([^"]+)")rx"};
  const auto sources = text_below("hub/api", ".cpp");
  const auto routes = all_of(sources, added);
  ASSERT_GT(routes.size(), 40u);
  for (const auto& route : routes) {
    const std::string prefix = "/_dirbridge/v1/";
    const bool is_own = route.str(2).starts_with(prefix);
    const auto name = "`" + route.str(1) + " " + (is_own ? route.str(2).substr(prefix.size()) : route.str(2));
    // `GET jobs[?…]`, `POST apps/{client_id}/keys`: names of placeholders are free.
    const std::regex holder{R"(\{\w+\})"};
    const auto wanted = std::regex_replace(name, holder, std::string{"{}"});
    const auto& document = is_own ? own : okta;
    EXPECT_NE(std::regex_replace(document, holder, std::string{"{}"}).find(wanted), std::string::npos) << wanted;
  }
}

}  // namespace
}  // namespace dirbridge::hub
