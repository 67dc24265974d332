#include "hub/settings.hpp"

#include <algorithm>

#include "hub/first_start.hpp"
#include "net/http_client.hpp"

namespace dirbridge::hub {
namespace {

void check_public_url(const std::string& text, Problems& problems) {
  if (text.empty()) return;
  const auto wrong = [&](std::string what) { problems.push_back({"hub.public_url", std::move(what)}); };
  const auto url = net::parse_url(text);
  if (!url) return wrong(url.error().message());
  if (url->scheme != "http" && url->scheme != "https") return wrong("must begin with https:// or http://");
  const bool is_bare = text.find_first_of("/?#", text.find("://") + 3) == std::string::npos;
  if (!is_bare) wrong("must end with the host or its port: the API's own paths are appended to it");
}

void check_names(const HubSettings& settings, Problems& problems) {
  if (!settings.tls || !settings.certificate_file.empty()) return;
  if (settings.names.empty()) problems.push_back({"hub.names", "names no host: nobody could trust the certificate"});
  for (const auto& name : settings.names)
    if (!net::is_host_name(name))
      problems.push_back({"hub.names", "\"" + name + "\" is neither a host name nor an IP address"});
}

void check_certificate(const HubSettings& settings, Problems& problems) {
  if (!settings.tls || settings.certificate_file.empty() || settings.key_file.empty()) return;
  const auto identity = read_identity(settings.certificate_file, settings.key_file);
  if (!identity) {
    problems.push_back({"hub.certificate_file", identity.error().message()});
    return;
  }
  if (const auto usable = net::TlsServerContext::make(*identity); !usable)
    problems.push_back({"hub.certificate_file", usable.error().message()});
}

}  // namespace

Problems problems_of(const HubSettings& settings) {
  Problems problems;
  if (settings.data_dir.empty()) problems.push_back({"hub.data_dir", "is empty"});
  check_public_url(settings.public_url, problems);
  check_names(settings, problems);
  check_contract(settings.contract, problems);
  check_certificate(settings, problems);
  if (!to_plan(settings.rates.plan))
    problems.push_back({"hub.rate_limit_plan", "must be integrator, one_app, enterprise or workforce"});
  return problems;
}

}  // namespace dirbridge::hub
