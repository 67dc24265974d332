#include "lab/ldap_tools.hpp"

#include <algorithm>
#include <cstdio>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "lab/process.hpp"

namespace dirbridge::lab {
namespace {

// The programs end with the server's result code.
constexpr int no_such_object = 32;

std::string from_base64(std::string_view text) {
  std::string url_safe;
  for (const char c : text) {
    if (c == '=') break;
    url_safe += c == '+' ? '-' : c == '/' ? '_' : c;
  }
  auto bytes = from_base64url(url_safe);
  return bytes ? std::move(*bytes) : std::string{};
}

Error failed(const std::string& tool, const ProcessOutput& output) {
  const std::string words{trim(output.err)};
  if (output.status == no_such_object) return {errc::not_found, tool + ": " + words};
  return {errc::unavailable, tool + " ended with " + std::to_string(output.status) + ": " + words};
}

std::string escape_filter(std::string_view value) {
  std::string out;
  for (const char c : value) {
    char hex[4];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || c == '*' || c == '(' || c == ')' || c == '\\' || byte < 0x20) {
      std::snprintf(hex, sizeof hex, "\\%02x", byte);
      out += hex;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::vector<LdifEntry> parse_ldif(std::string_view text) {
  std::vector<std::string> lines;
  for (auto line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(' ') && !lines.empty()) {
      lines.back() += line.substr(1);
    } else {
      lines.emplace_back(line);
    }
  }
  std::vector<LdifEntry> entries;
  bool open = false;
  for (const std::string_view line : lines) {
    if (line.empty()) open = false;
    const auto colon = line.find(':');
    if (line.empty() || line.starts_with('#') || colon == std::string_view::npos) continue;
    const std::string name = to_lower(line.substr(0, colon));
    const bool encoded = line.substr(colon).starts_with("::");
    const auto raw = trim(line.substr(colon + (encoded ? 2 : 1)));
    const std::string value = encoded ? from_base64(raw) : std::string{raw};
    if (name == "dn") {
      entries.push_back({value, {}});
      open = true;
    } else if (open) {
      entries.back().attributes[name].push_back(value);
    }
  }
  return entries;
}

result<ProcessOutput> LdapTools::run(std::vector<std::string> argv, std::string_view input) const {
  std::vector<std::string> who{"-H", login_.url};
  if (login_.bind_dn.empty())
    who.insert(who.end(), {"-Q", "-Y", "EXTERNAL"});
  else
    who.insert(who.end(), {"-x", "-D", login_.bind_dn, "-y", login_.password_file});
  argv.insert(argv.begin() + 1, who.begin(), who.end());
  std::vector<std::string> environment;
  if (!login_.ca_file.empty()) environment.push_back("LDAPTLS_CACERT=" + login_.ca_file);
  return run_process(argv, input, std::chrono::steady_clock::now() + timeout_, environment);
}

result<std::vector<LdifEntry>> LdapTools::search(const std::string& base, const std::string& scope,
                                                 const std::string& filter,
                                                 const std::vector<std::string>& attributes) const {
  std::vector<std::string> argv{"ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", base, "-s", scope, filter};
  argv.insert(argv.end(), attributes.begin(), attributes.end());
  const auto output = run(std::move(argv), "");
  if (!output) return output.error();
  if (output->status != 0) return failed("ldapsearch", *output);
  return parse_ldif(output->out);
}

result<std::vector<std::string>> LdapTools::values(const std::string& dn, const std::string& attribute) const {
  auto entries = search(dn, "base", "(objectClass=*)", {attribute});
  if (!entries) return entries.error();
  if (entries->empty()) return Error{errc::not_found, "no entry " + dn};
  auto values = entries->front().attributes[to_lower(attribute)];
  std::sort(values.begin(), values.end());
  return values;
}

result<bool> LdapTools::holds(const std::string& dn, const std::string& attribute, const std::string& value) const {
  const auto entries = search(dn, "base", "(" + attribute + "=" + escape_filter(value) + ")", {"1.1"});
  if (!entries) return entries.error();
  return !entries->empty();
}

result<void> LdapTools::modify(std::string_view ldif) const {
  const auto output = run({"ldapmodify", "-a"}, ldif);
  if (!output) return output.error();
  if (output->status != 0) return failed("ldapmodify", *output);
  return {};
}

}  // namespace dirbridge::lab
