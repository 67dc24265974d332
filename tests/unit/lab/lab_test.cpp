#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/process.hpp"
#include "lab/sample_organisation.hpp"

namespace dirbridge::lab {
namespace {

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

TEST(SampleOrganisation, LdifReadBackHoldsEveryPersonAndMember) {
  const auto organisation = sample_organisation();
  EXPECT_GE(organisation.people.size(), 40u);
  const auto entries = parse_ldif(organisation.ldif(Secret{"a"}, Secret{"b"}));
  EXPECT_EQ(entries.size(), 1 + 3 + 2 + organisation.people.size() + organisation.groups.size());
  std::set<std::string> people;
  for (const auto& person : organisation.people) people.insert(person.dn);
  EXPECT_EQ(people.size(), organisation.people.size());
  EXPECT_TRUE(people.contains("cn=Smith\\, John,ou=people,dc=example,dc=org"));
  for (const auto& entry : entries)
    for (const auto* attribute : {"member", "uniquemember"}) {
      const auto found = entry.attributes.find(attribute);
      if (found == entry.attributes.end()) continue;
      for (const auto& member : found->second) EXPECT_TRUE(people.contains(member)) << member;
    }
  EXPECT_THROW(organisation.person("nobody"), std::out_of_range);
}

// docker-compose.yml loads the file, the demo this class; they are one organisation. The reader is the tests' own, and
// the file's hash is filled in when it is loaded.
TEST(SampleOrganisation, TheFileOfThePackageDescribesTheSameOrganisation) {
  const auto file = read_file(DIRBRIDGE_SOURCE_DIR "/packaging/openldap/sample.ldif");
  ASSERT_TRUE(file) << file.error().message();
  const auto organisation = sample_organisation();
  const auto by_dn = [&](std::string_view ldif) {
    std::map<std::string, std::map<std::string, std::vector<std::string>>> entries;
    for (auto& entry : parse_ldif(ldif)) {
      if (entry.dn == organisation.reader_dn()) continue;
      auto& attributes = entries[entry.dn];
      for (auto& [name, values] : entry.attributes) {
        std::ranges::sort(values);
        if (name != "userpassword") attributes[name] = values;
      }
    }
    return entries;
  };
  const auto packaged = by_dn(*file);
  const auto written = by_dn(organisation.ldif(Secret{"a"}, Secret{"b"}));
  EXPECT_EQ(packaged.size(), written.size());
  for (const auto& [dn, attributes] : written) {
    const auto found = packaged.find(dn);
    ASSERT_NE(found, packaged.end()) << dn << " is not in the file";
    EXPECT_EQ(found->second, attributes) << dn;
  }
}

TEST(SampleOrganisation, PasswordsAreNotWrittenInClear) {
  EXPECT_EQ(sample_organisation().ldif(Secret{"in clear"}, Secret{"in clear"}).find("in clear"), std::string::npos);
}

TEST(SampleOrganisation, BenchGroupsHaveTheSizesAskedFor) {
  const auto organisation = bench_organisation(100, {10, 1, 100});
  EXPECT_EQ(organisation.people.size(), 100u);
  EXPECT_EQ(organisation.group("g1").members.size(), 10u);
  EXPECT_EQ(organisation.group("g3").members.size(), 100u);
}

TEST(Ldif, FoldedLinesCommentsAndBase64AreRead) {
  const auto entries =
      parse_ldif("# note\ndn:: Y249w4QsZGM9b3Jn\ncn:: w4Q=\nmember: uid=a,\n dc=org\nMember: x\n\ndn: b\n");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].dn, "cn=\xC3\x84,dc=org");
  EXPECT_EQ(entries[0].attributes.at("cn"), std::vector<std::string>{"\xC3\x84"});
  EXPECT_EQ(entries[0].attributes.at("member"), (std::vector<std::string>{"uid=a,dc=org", "x"}));
}

TEST(RunProcess, InputOutputAndStatusArePassed) {
  const auto done = run_process({"sh", "-c", "cat; echo oops >&2; exit 3"}, std::string(300'000, 'x'), in(20s));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->out.size(), 300'000u);
  EXPECT_EQ(done->err, "oops\n");
  EXPECT_EQ(done->status, 3);
}

TEST(RunProcess, AProgramThatIgnoresItsInputDoesNotEndUs) {
  const auto done = run_process({"true"}, std::string(3'000'000, 'x'), in(20s));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->status, 0);
}

TEST(RunProcess, TheDeadlineEndsIt) {
  EXPECT_EQ(run_process({"sleep", "60"}, "", in(50ms)).error().code, errc::timed_out);
}

TEST(RunProcess, AMissingProgramIsNamed) {
  const auto done = run_process({"no-such-program"}, "", in(1s));
  EXPECT_EQ(done.error().code, errc::not_found);
  EXPECT_EQ(done.error().message(), "the program no-such-program is not installed");
  EXPECT_EQ(run_process({"/"}, "", in(1s)).error().code, errc::unavailable);
}

// A connection that lived on in a child kept an agent waiting for a server that had long been gone.
TEST(Process, ASocketOfOursDoesNotLiveOnInIt) {
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ProcessOptions options;
  options.argv = {"sleep", "60"};
  auto process = Process::start(options);
  ASSERT_TRUE(process) << process.error().message();
  ::close(ends[0]);
  pollfd other{ends[1], POLLIN, 0};
  EXPECT_EQ(::poll(&other, 1, 10'000), 1) << "the other end has not noticed the close";
  char byte = 0;
  if (other.revents != 0) {
    EXPECT_EQ(::read(ends[1], &byte, 1), 0);
  }
  ::close(ends[1]);
}

TEST(Process, EndsWithItsObjectAndTellsHowItEnded) {
  ProcessOptions options;
  options.argv = {"sleep", "60"};
  auto process = Process::start(options);
  ASSERT_TRUE(process) << process.error().message();
  EXPECT_TRUE(process->is_running());
  EXPECT_EQ(process->wait(in(1ms)), std::nullopt);
  EXPECT_EQ(process->stop(in(10s)), 128 + 15);
  EXPECT_FALSE(process->is_running());
}

}  // namespace
}  // namespace dirbridge::lab
