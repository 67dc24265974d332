#include "agent/importer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "agent/directory_rules.hpp"
#include "agent/domain_reader.hpp"
#include "agent/import_map.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

// Names parsed between two turns of the loop: some 2 ms at most.
constexpr std::size_t names_per_turn = 256;

}  // namespace

struct Importer::Impl : std::enable_shared_from_this<Impl> {
  // One import. Its searches go on reading after `failure` is set, and throw away what they find: a search cannot be
  // ended from within its sink.
  struct Run {
    Run(proto::ImportRequest request_, TimePoint deadline_) : request(std::move(request_)), deadline(deadline_) {}
    proto::ImportRequest request;
    TimePoint deadline;
    proto::ImportBatch batch;
    std::size_t bytes = 0;
    std::uint64_t sent = 0;          // batches
    std::uint64_t acknowledged = 0;  // batches
    std::uint64_t users = 0;
    std::uint64_t groups = 0;
    std::uint64_t nameless_members = 0;
    std::uint64_t left_out = 0;  // entries whose names or ids cannot be held
    ldap::ServerKind kind = ldap::ServerKind::generic;
    DomainNames domains;
    std::string failure;
    bool silent = false;  // the session is gone: nobody to tell
  };
  using RunPtr = std::shared_ptr<Run>;

  Impl(asio::any_io_executor executor_, std::shared_ptr<ldap::Directory> directory_, ImportSettings settings_,
       Sender send_)
      : executor(executor_),
        directory(std::move(directory_)),
        settings(std::move(settings_)),
        send(std::move(send_)),
        changed(executor_) {}

  void fail(const RunPtr& run, std::string reason) {
    if (run->failure.empty()) run->failure = std::move(reason);
    changed.notify();
  }

  asio::awaitable<void> run_import(RunPtr run) {
    const auto self = shared_from_this();
    log::info("import.begin", {{"import", run->request.import}, {"request", run->request.request}});
    std::string thrown;
    try {
      co_await ask_kind(run);
      co_await read_scope(run, settings.users, user_attributes(run->kind), false);
      co_await read_scope(run, settings.groups, group_attributes(run->kind), true);
      if (run->failure.empty()) co_await send_batch(run);
      // The last batches too: import_end must not overtake a refusal of one.
      co_await wait_for_acks(run, 1);
    } catch (const std::exception& error) {
      thrown = error.what();
    }
    if (!thrown.empty()) fail(run, "reading the directory failed: " + thrown);
    if (current == run) current.reset();
    return_free_memory();
    if (run->failure.empty()) {
      log::info("import.end", {{"import", run->request.import},
                               {"users", run->users},
                               {"groups", run->groups},
                               {"nameless_members", run->nameless_members},
                               {"left_out", run->left_out}});
      send(proto::ImportEnd{run->request.import, run->users, run->groups});
      co_return;
    }
    log::warn("import.failed", {{"import", run->request.import}, {"reason", run->failure}});
    if (!run->silent) send(proto::ImportFailed{run->request.import, run->failure});
  }

  // Before the import begins, because its first word says of what kind the directory is.
  asio::awaitable<void> ask_kind(RunPtr run) {
    const auto known = co_await directory->kind(std::chrono::steady_clock::now() + settings.search_idle);
    proto::ImportBegin begin{run->request.import, run->request.request.str(), {}};
    if (known) {
      run->kind = *known;
      const bool is_ad = run->kind == ldap::ServerKind::active_directory;
      begin.kind = is_ad ? proto::DirectoryKind::active_directory : proto::DirectoryKind::ldap;
      if (is_ad) run->domains = co_await read_domain_names(directory, settings.search_idle);
    }
    if (run->silent || !send(begin)) fail(run, "the session ended");
    if (!known) fail(run, "the directory cannot be reached: " + known.error().message());
  }

  asio::awaitable<void> read_scope(RunPtr run, const ImportScope& scope, const std::vector<std::string>& attributes,
                                   bool groups) {
    const auto bases = distinct_bases(scope.bases, run->kind);
    const auto filter = ldap::Filter::parse(scope.filter);
    if (!bases || !filter) {
      fail(run, bases ? filter.error().message() : bases.error().message());
      co_return;
    }
    for (const auto& base : *bases) {
      if (!run->failure.empty()) co_return;
      ldap::SearchRequest request{base, ldap::Scope::subtree, filter->text(), attributes, settings.page_size};
      ldap::EntrySink sink = [self = shared_from_this(), run, groups](ldap::Entry entry) {
        return groups ? self->take_group(run, std::move(entry)) : self->take_user(run, std::move(entry));
      };
      auto searching = directory->search(std::move(request), std::move(sink), settings.search_idle);
      const auto complete = co_await net::with_deadline(std::move(searching), run->deadline);
      if (!complete)
        fail(run, "the import took longer than " + std::to_string(settings.timeout.count()) +
                      " ms (import.timeout), and the search below " + base + " had not come to its end");
      else if (!*complete)
        fail(run, "search below " + base + ": " + complete->error().message());
    }
  }

  bool is_stand_in(std::string_view key, ldap::ServerKind kind) const {
    const auto is = [&](const ldap::Dn& name) {
      return !name.empty() && key == (ldap::compares_bytes(kind) ? name.key_as_spelled() : name.canonical());
    };
    // The placeholder may be left from another policy.
    return is(settings.stand_in) || is(LastMember::placeholder());
  }

  // It cannot be imported. A name or id that cannot be held is no reason to import nothing; everything else is.
  void refuse(const RunPtr& run, const ldap::Entry& entry, const Error& error) {
    const auto why = why_left_out(entry, run->kind);
    if (!why) {
      fail(run, error.message());
    } else if (run->left_out++ == 0) {
      log::warn("import.left_out", {{"import", run->request.import}, {"reason", *why}});
    }
  }

  asio::awaitable<void> take_user(RunPtr run, ldap::Entry entry) {
    if (!run->failure.empty()) co_return;
    auto user = to_user(entry, run->kind);
    if (!user) {
      refuse(run, entry, user.error());
      co_return;
    }
    if (is_stand_in(user->key, run->kind)) co_return;
    ++run->users;
    run->bytes += wire_bytes(*user);
    run->batch.users.push_back(std::move(*user));
    co_await send_if_full(run);
  }

  asio::awaitable<void> take_group(RunPtr run, ldap::Entry entry) {
    if (!run->failure.empty()) co_return;
    auto group = to_group(entry, run->kind, run->domains);
    if (!group) {
      refuse(run, entry, group.error());
      co_return;
    }
    ++run->groups;
    const auto* members = entry.find(group->attribute);
    const auto count = members == nullptr ? 0 : members->values.size();
    auto piece = *group;
    for (std::size_t i = 0; i < count && run->failure.empty(); ++i) {
      auto key = member_key(members->values[i], group->attribute, run->kind);
      if (key.empty())
        ++run->nameless_members;
      else if (!is_stand_in(key, run->kind))
        piece.member_keys.push_back(std::move(key));
      if (piece.member_keys.size() >= settings.members_per_piece && i + 1 < count) {
        co_await add_piece(run, std::exchange(piece, *group));
      }
      if (i % names_per_turn == names_per_turn - 1) co_await asio::post(executor, asio::use_awaitable);
    }
    co_await add_piece(run, std::move(piece));
  }

  asio::awaitable<void> add_piece(const RunPtr& run, proto::ImportedGroup piece) {
    run->bytes += wire_bytes(piece);
    run->batch.groups.push_back(std::move(piece));
    co_await send_if_full(run);
  }

  asio::awaitable<void> send_if_full(const RunPtr& run) {
    const auto entries = run->batch.users.size() + run->batch.groups.size();
    if (entries >= settings.batch_entries || run->bytes >= settings.batch_bytes) co_await send_batch(run);
  }

  asio::awaitable<void> send_batch(const RunPtr& run) {
    if (run->batch.users.empty() && run->batch.groups.empty()) co_return;
    co_await wait_for_acks(run, settings.max_unacknowledged);
    if (!run->failure.empty()) co_return;
    run->batch.import = run->request.import;
    run->batch.sequence = run->sent++;
    run->bytes = 0;
    if (!send(std::exchange(run->batch, {}))) fail(run, "the session ended");
  }

  // Until fewer than `below` batches are on their way.
  asio::awaitable<void> wait_for_acks(const RunPtr& run, std::size_t below) {
    const auto deadline = std::chrono::steady_clock::now() + settings.ack_timeout;
    while (run->failure.empty() && run->sent - run->acknowledged >= below) {
      if (std::chrono::steady_clock::now() >= deadline) {
        fail(run, "the hub did not acknowledge a batch in time");
        co_return;
      }
      co_await changed.wait(deadline);
    }
  }

  asio::any_io_executor executor;
  std::shared_ptr<ldap::Directory> directory;
  ImportSettings settings;
  Sender send;
  net::Signal changed;  // an ack, or a failure
  RunPtr current;
};

Importer::Importer(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory, ImportSettings settings,
                   Sender send)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(directory), std::move(settings), std::move(send))) {}

Importer::~Importer() {
  session_ended();
  impl_->send = [](const proto::AgentFrame&) { return false; };
}

void Importer::request(const proto::ImportRequest& request) {
  if (impl_->current) {
    impl_->send(proto::ImportFailed{
        request.import, "the agent is at work on another import (" + impl_->current->request.import.str() + ")"});
    return;
  }
  impl_->current = std::make_shared<Impl::Run>(request, std::chrono::steady_clock::now() + impl_->settings.timeout);
  asio::co_spawn(
      impl_->executor,
      [](std::shared_ptr<Impl> impl, Impl::RunPtr run) -> asio::awaitable<void> {
        co_await impl->run_import(std::move(run));
      }(impl_, impl_->current),
      asio::detached);
}

void Importer::acknowledged(const proto::ImportAck& ack) {
  const auto& run = impl_->current;
  if (!run || ack.import != run->request.import || ack.sequence >= run->sent) return;
  run->acknowledged = std::max(run->acknowledged, ack.sequence + 1);
  impl_->changed.notify();
}

void Importer::session_ended() {
  if (!impl_->current) return;
  impl_->current->silent = true;
  impl_->fail(impl_->current, "the session with the hub ended");
  impl_->current.reset();
}

void Importer::stop(std::string reason) {
  if (impl_->current) impl_->fail(impl_->current, std::move(reason));
}

bool Importer::is_running() const { return impl_->current != nullptr; }

}  // namespace dirbridge::agent
