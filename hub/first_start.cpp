#include "hub/first_start.hpp"

#include <filesystem>

#include "base/text.hpp"

namespace dirbridge::hub {
namespace {

constexpr unsigned for_owner_only = 0600;
constexpr unsigned for_everybody = 0644;

}  // namespace

result<net::Identity> read_identity(const std::string& certificate, const std::string& key) {
  auto chain = read_file(certificate);
  if (!chain) return chain.error();
  auto secret = read_file(key);
  if (!secret) return secret.error();
  return net::Identity{std::move(*chain), std::move(*secret)};
}

result<void> make_data_dir(const std::string& data_dir) {
  std::error_code problem;
  if (std::filesystem::create_directories(data_dir, problem))
    std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, problem);
  if (problem) return Error{errc::configuration, "data_dir " + data_dir + ": " + problem.message()};
  return {};
}

result<HubIdentity> load_or_make_identity(const HubSettings& settings) {
  if (!settings.certificate_file.empty() || !settings.key_file.empty()) {
    auto identity = read_identity(settings.certificate_file, settings.key_file);
    if (!identity) return identity.error();
    return HubIdentity{std::move(*identity), {}};
  }
  const auto ca_pem = settings.data_dir + "/ca.pem", ca_key = settings.data_dir + "/ca.key";
  const auto hub_pem = settings.data_dir + "/hub.pem", hub_key = settings.data_dir + "/hub.key";
  if (std::filesystem::exists(hub_pem) && std::filesystem::exists(hub_key)) {
    auto identity = read_identity(hub_pem, hub_key);
    if (!identity) return identity.error();
    auto authority = read_file(ca_pem);
    if (!authority) return authority.error();
    return HubIdentity{std::move(*identity), std::move(*authority)};
  }
  net::Authority authority;
  if (std::filesystem::exists(ca_pem)) {
    auto kept = read_identity(ca_pem, ca_key);
    if (!kept) return kept.error();
    authority = {std::move(kept->certificate_chain), std::move(kept->private_key)};
  } else {
    authority = net::make_authority("Dirbridge hub " + random_id("", 8));
    if (auto done = write_file(ca_key, authority.private_key, for_owner_only); !done) return done.error();
    if (auto done = write_file(ca_pem, authority.certificate, for_everybody); !done) return done.error();
  }
  auto identity = net::issue(authority, settings.names);
  if (auto done = write_file(hub_key, identity.private_key, for_owner_only); !done) return done.error();
  if (auto done = write_file(hub_pem, identity.certificate_chain, for_everybody); !done) return done.error();
  return HubIdentity{std::move(identity), std::move(authority.certificate)};
}

}  // namespace dirbridge::hub
