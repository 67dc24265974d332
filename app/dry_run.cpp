#include "app/dry_run.hpp"

#include <sstream>

namespace dirbridge::app {
namespace {

std::string would_be(const std::string& verdict) {
  if (verdict == "applied") return "would be applied";
  if (verdict == "already") return "already so";
  if (verdict == "refused") return "would be refused";
  if (verdict == "not_sent") return "would not be sent";
  if (verdict == "unknown") return "not known";
  return verdict;
}
Style style_of_verdict(const std::string& verdict) {
  return verdict == "applied" || verdict == "already" ? Style::good : Style::bad;
}

// An answer comes from another program: what is not there is nothing.
const json& list_at(const json& object, const char* key) {
  static const json none = json::array();
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

void print_verdict(const json& verdict, const std::map<std::string, std::string>& names, const Console& console) {
  const std::string id = text_at(verdict, {"id"});
  const auto name = names.find(id);
  const std::string word = text_at(verdict, {"verdict"});
  console.out << "# " << printable(name == names.end() ? id : name->second) << ": "
              << styled(console, style_of_verdict(word), printable(would_be(word)));
  std::string why = text_at(verdict, {"diagnostic"});
  const std::string advice = text_at(verdict, {"advice"});
  if (!why.empty() && !advice.empty()) why += ": ";
  why += advice;
  if (!why.empty()) console.out << ": " << printable(why);
  console.out << '\n';
}

void print_records(const json& changes, const Console& console) {
  if (changes.empty()) return;
  console.out << "version: 1\n";
  for (const json& change : changes) {
    console.out << '\n';
    std::istringstream lines{text_at(change, {"ldif"})};
    for (std::string line; std::getline(lines, line);) console.out << printable(line) << '\n';
  }
}

}  // namespace

int print_dry_run(const json& answer, const std::string& what, const std::map<std::string, std::string>& names,
                  const Console& console) {
  const std::string verdict = text_at(answer, {"verdict"});
  const bool would_do = verdict == "applied" || verdict == "already";
  const Exit exit_code = would_do ? exit_done : verdict == "unknown" ? exit_unknown : exit_refused;
  if (console.json) {
    console.out << answer.dump(2) << '\n';
    return exit_code;
  }
  const json& changes = list_at(answer, "changes");
  console.out << "# dry run, nothing was changed: " << printable(what) << "; "
              << (verdict == "unknown"  ? "what would be changed is not known"
                  : changes.empty()     ? "nothing would be changed"
                  : changes.size() == 1 ? "1 modify would be carried out"
                                        : std::to_string(changes.size()) + " modifies would be carried out")
              << '\n';
  for (const json& one : list_at(answer, "verdicts")) print_verdict(one, names, console);
  if (const std::string unknown = text_at(answer, {"unpredicted"}); !unknown.empty())
    console.out << "# not known from reading: " << printable(unknown) << '\n';
  print_records(changes, console);
  return exit_code;
}

}  // namespace dirbridge::app
