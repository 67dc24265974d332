#include "agent/entry_reader.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

#include "agent/final_word.hpp"
#include "agent/whereabouts.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"
#include "net/deadline.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::agent {
namespace {

bool is_text(const std::string& value) {
  return value.find('\0') == std::string::npos && proto::repair_utf8(value) == value;
}

proto::ReadResult without_entry(const proto::ReadId& id, proto::ReadStatus status, std::string reason, int code = 0) {
  proto::ReadResult answer;
  answer.read = id;
  answer.status = status;
  answer.reason = std::move(reason);
  answer.code = code;
  return answer;
}

// A server's refusal is for the caller, everything else for whoever asks again.
proto::ReadResult failed(const proto::ReadId& id, const Error& error) {
  const auto status = is_final_word(error) ? proto::ReadStatus::refused : proto::ReadStatus::unavailable;
  return without_entry(id, status, error.message(), code_of_server(error));
}

// "description;lang-de" is exactly that, "description" the attribute itself.
const ldap::Attribute* asked_for(const ldap::Entry& entry, const std::string& asked) {
  if (asked.find(';') == std::string::npos) return entry.find(asked);
  const auto found = std::ranges::find_if(
      entry.attributes, [&](const ldap::Attribute& one) { return equals_ignore_case(one.name, asked); });
  return found == entry.attributes.end() ? nullptr : &*found;
}

// Not of a type above others ("name", "distinguishedName"), for which a server shows all of those, members too.
void add_under_other_name(ldap::Entry& entry, const std::string& asked, const ldap::Entry& alone) {
  if (alone.attributes.size() != 1) return;
  const auto& only = alone.attributes.front();
  const auto type = std::string_view{only.name}.substr(0, only.name.find(';'));
  for (const auto* restricted : {"member", "uniqueMember", "memberOf"})
    if (equals_ignore_case(type, restricted)) return;
  entry.attributes.push_back({asked, only.values});
}

using Found = result<std::optional<ldap::Entry>>;

asio::awaitable<Found> search_base(ldap::Directory& directory, ldap::SearchRequest request, TimePoint deadline) {
  std::optional<ldap::Entry> found;
  ldap::EntrySink sink = [&found](ldap::Entry entry) -> asio::awaitable<void> {
    found = std::move(entry);
    co_return;
  };
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  auto searching = directory.search(std::move(request), std::move(sink), std::max(left, milliseconds{1}));
  const auto searched = co_await net::with_deadline(std::move(searching), deadline);
  if (!searched) co_return Error{errc::timed_out, "the directory did not answer in time"};
  if (!*searched && !(searched->error().code == ldap::condition::not_found)) co_return searched->error();
  if (!*searched) co_return std::optional<ldap::Entry>{};
  co_return std::move(found);
}

asio::awaitable<proto::ReadResult> read_entry(std::shared_ptr<ldap::Directory> directory,
                                              std::vector<std::string> bases, proto::Read read, TimePoint deadline) {
  auto name = ldap::Dn::parse(read.dn);
  if (!name) co_return without_entry(read.read, proto::ReadStatus::refused, name.error().message());
  const auto kind = co_await directory->kind(deadline);
  if (!kind) co_return failed(read.read, kind.error());
  name->identify(read.stable_id);
  std::string filter = "(objectClass=*)";
  // Another entry under the old name must not answer for this one.
  if (!read.stable_id.empty()) filter = ldap::stable_id_filter(*kind, read.stable_id).text();
  ldap::SearchRequest request{ldap::wire_name(*name, *kind), ldap::Scope::base, filter, read.attributes, 0};
  auto found = co_await search_base(*directory, request, deadline);
  if (found && !*found && !read.stable_id.empty()) {
    const auto elsewhere = co_await find_entry(directory, bases, read.stable_id, deadline);
    if (!elsewhere) co_return failed(read.read, elsewhere.error());
    if (*elsewhere) {
      request.base = ldap::wire_name(**elsewhere, *kind);
      found = co_await search_base(*directory, request, deadline);
    }
  }
  if (!found) co_return failed(read.read, found.error());
  if (!*found) co_return without_entry(read.read, proto::ReadStatus::gone, "the directory has no such entry");
  auto& entry = **found;
  for (const auto& name : read.attributes) {
    if (asked_for(entry, name) != nullptr) continue;
    // An OID, or one of several names ("commonName"): the server answers with its own. Asked alone, it is the only one.
    request.attributes = {name};
    request.base = entry.dn;
    const auto alone = co_await search_base(*directory, request, deadline);
    if (!alone) co_return failed(read.read, alone.error());
    if (*alone) add_under_other_name(entry, name, **alone);
  }
  co_return to_read_result(read.read, read.attributes, entry);
}

}  // namespace

struct EntryReader::Impl {
  asio::any_io_executor executor;
  std::shared_ptr<ldap::Directory> directory;
  std::vector<std::string> bases;
  Send send;
  std::size_t running = 0;
  bool ended = false;

  static asio::awaitable<void> run(std::shared_ptr<Impl> self, proto::Read read) {
    const auto start = std::chrono::steady_clock::now();
    const auto id = read.read;
    proto::ReadResult answer;
    try {
      const auto deadline = start + read.remaining;
      answer = co_await read_entry(self->directory, self->bases, std::move(read), deadline);
    } catch (const std::exception& error) {
      answer = without_entry(id, proto::ReadStatus::unavailable, error.what());
    }
    --self->running;
    if (self->ended) co_return;
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    log::info("read", {{"op", id.str()}, {"reason", std::string{proto::to_text(answer.status)}}, {"ms", took.count()}});
    self->send(proto::AgentFrame{std::move(answer)});
  }
};

EntryReader::EntryReader(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
                         std::vector<std::string> bases, Send send)
    : impl_(std::make_shared<Impl>(
          Impl{std::move(executor), std::move(directory), std::move(bases), std::move(send), 0, false})) {}

EntryReader::~EntryReader() { impl_->ended = true; }

void EntryReader::start(const proto::Read& read) {
  if (impl_->running >= max_running) {
    impl_->send(without_entry(read.read, proto::ReadStatus::unavailable, "too many reads are running"));
    return;
  }
  ++impl_->running;
  asio::co_spawn(impl_->executor, Impl::run(impl_, read), asio::detached);
}

proto::ReadResult to_read_result(const proto::ReadId& id, const std::vector<std::string>& asked,
                                 const ldap::Entry& entry) {
  proto::ReadResult answer;
  answer.read = id;
  answer.status = proto::ReadStatus::found;
  std::size_t bytes = 0;
  for (const auto& name : asked) {
    const auto* const attribute = asked_for(entry, name);
    if (attribute == nullptr || attribute->values.empty()) continue;
    proto::ReadAttribute told{name, {}};
    for (const auto& value : attribute->values) {
      told.values.push_back(is_text(value) ? value : to_base64(value));
      bytes += told.values.back().size();
    }
    if (told.values.size() > proto::max_read_values || bytes > proto::max_read_bytes)
      return without_entry(id, proto::ReadStatus::refused, name + ": the values are too many or too large to be told");
    answer.attributes.push_back(std::move(told));
  }
  return answer;
}

}  // namespace dirbridge::agent
