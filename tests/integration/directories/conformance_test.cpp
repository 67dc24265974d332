// Every situation on every server. What came of each is written beside the program: docs/directories.md is made of it.
#include <ostream>

#include "integration/directories/conformance_cases.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/result_files.hpp"

namespace dirbridge::directories {
namespace {

struct Param {
  Server server;
  Case one;
};
void PrintTo(const Param& param, std::ostream* out) { *out << param.one.situation; }

std::vector<Param> every_case() {
  std::vector<Param> all;
  for (const auto& one : all_cases())
    for (const auto server : one.servers) all.push_back({server, one});
  return all;
}

class Conformance : public ::testing::TestWithParam<Param> {
 protected:
  static void TearDownTestSuite() {
    for (const auto& [server, cells] : results_) write_results(server, cells);
    results_.clear();
  }
  static std::map<Server, Results> results_;
};
std::map<Server, Results> Conformance::results_;

TEST_P(Conformance, Holds) {
  const auto& [kind, one] = GetParam();
  auto* server = ServerUnderTest::of(kind);
  if (server == nullptr) {
    const auto& why = ServerUnderTest::why_missing(kind);
    if (why.code == errc::not_found) GTEST_SKIP() << why.message();
    FAIL() << why.message();
  }
  Play play{*server};
  play.can_be_read = can_be_read(one.id, kind);
  one.play(play);
  if (!HasFailure())
    results_[kind][one.id] = {play.shown_codes.empty() ? play.codes() : play.shown_codes,
                              play.verdicts(play.shown_from)};
}

INSTANTIATE_TEST_SUITE_P(On, Conformance, ::testing::ValuesIn(every_case()),
                         [](const auto& chosen) { return chosen.param.one.id + "_" + name_of(chosen.param.server); });

}  // namespace
}  // namespace dirbridge::directories
