#include "app/okta_conf.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "ldap/dn.hpp"
#include "ldap/server_url.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::app {
namespace {

constexpr std::size_t max_bytes = 64 << 10;
constexpr unsigned max_lines = 1000;
constexpr std::size_t max_shown = 60;

constexpr std::array taken{"ldapHost",    "ldapPort", "ldapSSLPort",        "ldapUseSSL",
                           "ldapAdminDN", "baseDN",   "ldapSearchPageSize", "pollingThreadCount"};

// Where what an unused key says belongs; empty: nowhere.
std::string_view instead_of(std::string_view key) {
  if (key == "orgUrl") return "the hub's URL is agent.hub_url";
  if (key == "ldapAdminPassword") return "encrypted for Okta's agent; name a file in ldap.bind_password_file";
  if (key == "token" || key == "agentKey" || key == "clientId" || key == "agentId")
    return "an agent enrols with a code of its own: agent.enrol_code_file";
  if (key == "proxyEnabled" || key == "proxyHost" || key == "proxyPort") return "see agent.proxy_url";
  if (key == "proxyUser") return "see agent.proxy_user";
  if (key == "proxyPassword") return "see agent.proxy_password_file";
  if (key == "maxConnectionsPerHost") return "see ldap.window";
  return {};
}

// As java.util.Properties writes a value, with each "=" and ":" behind a backslash: "cn\=agent,dc\=org". No DN looks
// so: behind the type of an attribute it has a bare "=".
std::string as_meant(std::string_view value) {
  const auto first = value.find('=');
  if (first == std::string_view::npos || first == 0 || value[first - 1] != '\\') return std::string{value};
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  result<OktaConf> read(std::string_view text) {
    if (text.size() > max_bytes)
      return Error{errc::configuration, file_ + ": larger than 64 KiB; is it the right file?"};
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (unsigned line = 1; !text.empty(); ++line) {
      if (line > max_lines) return Error{errc::configuration, file_ + ": more than 1000 lines; is it the right file?"};
      const auto end = std::min(text.find('\n'), text.size());
      take(trim(text.substr(0, end)), line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!given_.contains("ldapHost")) problem(0, "ldapHost is missing; is it an OktaLDAPAgent.conf?");
    translate();
    if (!problems_.empty()) return Error{errc::configuration, problems_};
    return std::move(conf_);
  }

 private:
  struct Given {
    std::string value;
    unsigned line = 0;
  };

  void problem(unsigned line, const std::string& what) {
    problems_ += (problems_.empty() ? "" : "\n") + file_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what;
  }

  void take(std::string_view line, unsigned number) {
    if (line.empty() || line.front() == '#' || line.front() == '!') return;
    const bool is_text = std::ranges::none_of(
        line, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
    if (!is_text || !is_utf8(line)) return problem(number, "holds bytes that are no text");
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return problem(number, "is not \"key = value\"");
    const std::string key{trim(line.substr(0, equals))};
    const auto value = as_meant(trim(line.substr(equals + 1)));
    if (key.empty()) return problem(number, "has no key before \"=\"");
    const auto [known, fresh] = given_.try_emplace(key, Given{value, number});
    if (!fresh)
      return problem(number, proto::clip(key, max_shown) + " was given in line " + std::to_string(known->second.line) +
                                 " already");
    if (std::ranges::find(taken, key) != taken.end()) return;
    const auto instead = instead_of(key);
    conf_.unused.push_back(file_ + ":" + std::to_string(number) + ": " + proto::clip(key, max_shown) +
                           (instead.empty() ? "" : ": " + std::string{instead}));
  }

  // Null: not given, or left empty.
  const Given* find(const std::string& key) const {
    const auto found = given_.find(key);
    return found == given_.end() || found->second.value.empty() ? nullptr : &found->second;
  }

  std::optional<long> number(const std::string& key, long low, long high) {
    const Given* given = find(key);
    if (given == nullptr) return std::nullopt;
    long value = 0;
    const auto* last = given->value.data() + given->value.size();
    const auto [end, error] = std::from_chars(given->value.data(), last, value);
    if (error == std::errc{} && end == last && value >= low && value <= high) return value;
    problem(given->line, key + " must be a number from " + std::to_string(low) + " to " + std::to_string(high) +
                             ", not \"" + proto::clip(given->value, max_shown) + "\"");
    return std::nullopt;
  }

  void put(std::string name, Value value, unsigned line) {
    conf_.settings.push_back({std::move(name), std::move(value), line});
  }

  void translate() {
    translate_server();
    if (const Given* dn = find("ldapAdminDN")) put("ldap.bind_dn", {dn->value, {}}, dn->line);
    if (const Given* base = find("baseDN")) {
      if (const auto dn = ldap::Dn::parse(base->value); !dn)
        problem(base->line, "baseDN is no DN: " + dn.error().message());
      for (const auto* name : {"import.user_bases", "import.group_bases"}) put(name, {{}, {base->value}}, base->line);
    }
    if (const auto size = number("ldapSearchPageSize", 1, 100'000))
      put("import.page_size", {std::to_string(*size), {}}, find("ldapSearchPageSize")->line);
    // Okta's agent brings what is out of 1 to 10 into range; so does this.
    if (const auto threads = number("pollingThreadCount", 0, 1'000'000))
      put("agent.polls", {std::to_string(std::clamp(*threads, 1L, 10L)), {}}, find("pollingThreadCount")->line);
  }

  void translate_server() {
    const Given* host = find("ldapHost");
    if (host == nullptr) {
      if (given_.contains("ldapHost")) problem(given_["ldapHost"].line, "ldapHost is empty");
      return;
    }
    bool secure = false;
    if (const Given* flag = find("ldapUseSSL")) {
      const auto word = to_lower(flag->value);
      if (word != "true" && word != "false")
        problem(flag->line, "ldapUseSSL must be true or false, not \"" + proto::clip(flag->value, max_shown) + "\"");
      secure = word == "true";
    }
    const auto plain_port = number("ldapPort", 1, 65535);
    const auto tls_port = number("ldapSSLPort", 1, 65535);
    if (const auto* idle = find(secure ? "ldapPort" : "ldapSSLPort"))
      conf_.unused.push_back(file_ + ":" + std::to_string(idle->line) +
                             (secure ? ": ldapPort: ldapUseSSL is true" : ": ldapSSLPort: ldapUseSSL is not true"));
    const long port = secure ? tls_port.value_or(636) : plain_port.value_or(389);
    const bool is_ipv6 = host->value.find(':') != std::string::npos && host->value.front() != '[';
    const auto url = (secure ? "ldaps://" : "ldap://") + (is_ipv6 ? "[" + host->value + "]" : host->value) + ":" +
                     std::to_string(port);
    if (const auto parsed = ldap::ServerUrl::parse(url); !parsed)
      problem(host->line, "ldapHost is no host name: \"" + proto::clip(host->value, max_shown) + "\"");
    put("ldap.urls", {{}, {url}}, host->line);
  }

  std::string file_;
  std::map<std::string, Given> given_;
  OktaConf conf_;
  std::string problems_;
};

}  // namespace

result<OktaConf> parse_okta_conf(std::string_view text, const std::string& file) { return Reader{file}.read(text); }

}  // namespace dirbridge::app
