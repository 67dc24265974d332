// One member, many spellings of its name. None of these carries a stable id: the server is told the name.
#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The member is there under `name`; `spelled` must be taken for it, both in an add and in a removal.
Case spelled(std::string id, std::string situation, std::string name,
             std::function<std::string(const std::string& dn)> spelling) {
  return {std::move(id), "existing member, " + std::move(situation), [name, spelling](Play& p) {
            const auto group = p.group({});
            const auto dn = "cn=" + name + "," + p.server.people_base();
            if (p.server.stable_id(dn).empty()) p.server.make_person(replaced(name, "\\", ""));
            {
              Play other{p.server};
              other.expect("applied", {Play::add(group, {Play::by_name(dn)})});
            }
            const auto other_spelling = Play::by_name(spelling(dn));
            p.expect("already; applied", {Play::add(group, {other_spelling}), Play::remove(group, {other_spelling})});
            p.expect_holds(group, dn, false);
          }};
}

}  // namespace

std::vector<Case> spelling_cases() {
  return {
      spelled("UpperCase", "in upper case", "Case Sensitive", upper),
      spelled("Blanks", "blanks around `=` and `,`", "Blank Space",
              [](const std::string& dn) { return replaced(replaced(dn, ",", " , "), "=", " = "); }),
      spelled("Oid", "types as OIDs", "Oid Person",
              [](const std::string& dn) { return replaced(dn, "cn=Oid", "2.5.4.3=Oid"); }),
      spelled("Hex", "a letter as `\\55`", "User Hexed",
              [](const std::string& dn) { return replaced(dn, "User", "\\55ser"); }),
      spelled("CommaHex", "an escaped comma as `\\2C`", "Smith\\, John",
              [](const std::string& dn) { return replaced(dn, "\\,", "\\2C"); }),
      spelled("Quoted", "in quotes (RFC 1779)", "Smith\\, Jane",
              [](const std::string& dn) { return replaced(dn, "Smith\\, Jane", "\"Smith, Jane\""); }),
      spelled("Decomposed", "ü decomposed", "M\xC3\xBCller",
              [](const std::string& dn) { return replaced(dn, "\xC3\xBC", "u\xCC\x88"); }),
      spelled("Utf8Hex", "ü as `\\C3\\BC`", "M\xC3\xBCller",
              [](const std::string& dn) { return replaced(dn, "\xC3\xBC", "\\C3\\BC"); }),
      spelled("UpperUmlaut", "Ü for ü", "M\xC3\xBCller",
              [](const std::string& dn) { return replaced(dn, "\xC3\xBC", "\xC3\x9C"); }),
  };
}

}  // namespace dirbridge::directories
