#include "app/commands_doctor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "app/service_settings.hpp"
#include "doctor/examine.hpp"
#include "json/json.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::app {
namespace {

using doctor::Examination;
using doctor::Severity;
using nlohmann::json;

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::ok: return Style::good;
    case Severity::info: return Style::dim;
    case Severity::warning: return Style::doubtful;
    case Severity::problem: break;
  }
  return Style::bad;
}

Exit exit_of(Severity worst) {
  if (worst == Severity::problem) return exit_refused;
  return worst == Severity::warning ? exit_warned : exit_done;
}

// A person's wish to end it. The scratch group is given back first: it may be empty, or hold a member too many.
class Interruption {
 public:
  Interruption(boost::asio::io_context& loop, doctor::Scratch& scratch, const Console& console)
      : loop_(loop), scratch_(scratch), console_(console) {
    wait();
  }
  int signal() const { return signal_; }  // 0: nobody wants it to end

 private:
  static constexpr std::chrono::seconds patience{10};  // a server that does not answer now may not in an hour

  void wait() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      const bool is_second = signal_ != 0;
      signal_ = signal;
      scratch_.ends_early = true;
      if (is_second || !scratch_.is_touched) return loop_.stop();
      console_.err << "dirbridge doctor: giving the scratch group back\n" << std::flush;
      limit_.expires_after(patience);
      limit_.async_wait([this](boost::system::error_code ended) {
        if (!ended) loop_.stop();
      });
      wait();
    });
  }

  boost::asio::io_context& loop_;
  doctor::Scratch& scratch_;
  const Console& console_;
  boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM, SIGHUP};
  boost::asio::steady_timer limit_{loop_};
  int signal_ = 0;
};

using Lines = std::vector<std::string>;

json to_json(const Lines& lines) {
  json list = json::array();
  for (const auto& line : lines) list.push_back(printable(line));
  return list;
}

void print_json(const Examination& seen, const Lines& unused, const Console& console) {
  json findings = json::array();
  for (const auto& finding : seen.findings)
    findings.push_back({{"check", doctor::info_of(finding.check).id},
                        {"severity", doctor::to_text(finding.severity)},
                        {"evidence", printable(finding.evidence)},
                        {"items", to_json(finding.items)},
                        {"remedy", printable(finding.remedy)}});
  console.out << json{{"server", ldap::to_text(seen.kind)},
                      {"worst", doctor::to_text(doctor::worst_of(seen.findings))},
                      {"findings", findings},
                      {"unused", to_json(unused)},
                      {"access", seen.advice}}
                     .dump(2)
              << '\n';
}

void print_text(const Examination& seen, const Lines& unused, const Console& console) {
  Table table{{"CHECK", "", "SEEN"}};
  for (const auto& finding : doctor::by_severity(seen.findings)) {
    table.add({std::string{doctor::info_of(finding.check).id},
               {std::string{doctor::to_text(finding.severity)}, style_of(finding.severity)},
               printable(finding.evidence)});
    if (!finding.remedy.empty()) table.add({"", "", "-> " + printable(finding.remedy)});
  }
  table.print(console);
  if (!unused.empty()) console.out << "\nNot used of the OktaLDAPAgent.conf:\n\n";
  for (const auto& line : unused) console.out << printable(line) << '\n';
  if (!seen.advice.empty()) {
    console.out << "\nThe least this account needs:\n\n";
    print_lines(console.out, {}, seen.advice);
  }
}

}  // namespace

int run_doctor(const Invocation& invocation, const Console& console) {
  ProblemList problems;
  const Settings settings = load_settings({.config = invocation.config_file, .okta = invocation.okta_conf},
                                          invocation.settings, Role::agent, problems);
  check_directory(settings, problems);
  if (const auto verdict = problems.verdict(); !verdict) {
    console.err << "dirbridge doctor: the configuration is wrong\n";
    print_lines(console.err, {}, verdict.error().detail);
    return exit_usage;
  }
  const auto told = to_directory_settings(settings);
  boost::asio::io_context loop{1};
  std::optional<Examination> seen;
  std::exception_ptr failure;
  doctor::Scratch scratch;
  const Interruption interruption{loop, scratch, console};
  boost::asio::co_spawn(loop, doctor::examine({told, invocation.name, &scratch}),
                        [&](std::exception_ptr thrown, Examination got) {
                          failure = thrown;
                          seen = std::move(got);
                          loop.stop();  // the connection's own coroutines may wait longer
                        });
  loop.run();
  if (scratch.is_touched) {
    console.err << "dirbridge doctor: the scratch group may not be as it was found. Once the directory is there, give "
                   "this to ldapmodify:\n\n"
                << scratch.restore << std::flush;
  }
  if (const int signal = interruption.signal(); signal != 0) {
    console.err << "dirbridge doctor: interrupted"
                << (scratch.restore.empty() || scratch.is_touched ? "" : "; the scratch group is as it was found")
                << '\n';
    return 128 + signal;
  }
  if (failure) std::rethrow_exception(failure);
  if (console.json)
    print_json(*seen, settings.unused(), console);
  else
    print_text(*seen, settings.unused(), console);
  return exit_of(doctor::worst_of(seen->findings));
}

}  // namespace dirbridge::app
