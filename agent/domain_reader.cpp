#include "agent/domain_reader.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "proto/json_reader.hpp"

namespace dirbridge::agent {
namespace {

namespace asio = boost::asio;

// Forests have dozens of domains at most; a directory that shows more is not believed.
constexpr std::size_t max_domains = 1000;

void log_missing(const std::string& reason) { log::warn("import.domains.unknown", {{"reason", reason}}); }

}  // namespace

asio::awaitable<DomainNames> read_domain_names(std::shared_ptr<ldap::Directory> directory, milliseconds idle) {
  DomainNames names;
  std::string configuration;
  ldap::SearchRequest root{"", ldap::Scope::base, "(objectClass=*)", {"configurationNamingContext"}, 0};
  ldap::EntrySink root_sink = [&configuration](ldap::Entry entry) -> asio::awaitable<void> {
    configuration = entry.first("configurationNamingContext");
    co_return;
  };
  const auto root_read = co_await directory->search(std::move(root), std::move(root_sink), idle);
  if (!root_read || configuration.empty()) {
    log_missing(root_read ? "the root DSE shows no configurationNamingContext" : root_read.error().message());
    co_return names;
  }
  std::size_t known = 0;
  ldap::SearchRequest partitions{"CN=Partitions," + configuration,
                                 ldap::Scope::one_level,
                                 "(&(objectClass=crossRef)(nETBIOSName=*))",
                                 {"nCName", "nETBIOSName"},
                                 0};
  ldap::EntrySink sink = [&names, &known](ldap::Entry entry) -> asio::awaitable<void> {
    const auto context = ldap::Dn::parse(entry.first("nCName"));
    auto name = entry.first("nETBIOSName");
    if (!context || !is_utf8(name) || name.size() > proto::max_name_bytes || known >= max_domains) co_return;
    ++known;
    names.add(context->canonical(), std::move(name));
  };
  const auto read = co_await directory->search(std::move(partitions), std::move(sink), idle);
  if (!read) log_missing(read.error().message());
  co_return names;
}

}  // namespace dirbridge::agent
