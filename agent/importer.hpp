// Reads users and groups of the directory and streams them to the hub in acknowledged batches; memory stays flat.
//
// import_end is sent only when every search proved complete; anything else ends in import_failed with the reason: "LDAP
// did not answer" is never "LDAP is empty". One import at a time. One thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/import_scope.hpp"
#include "base/clock.hpp"
#include "ldap/directory.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

struct ImportSettings {
  ImportScope users;
  ImportScope groups;
  std::uint32_t page_size = 500;
  milliseconds search_idle{60'000};     // between two messages of a search
  milliseconds timeout{2 * 3'600'000};  // of the whole: a directory that never comes to an end
  milliseconds ack_timeout{60'000};     // the hub takes a batch within this
  std::size_t max_unacknowledged = 4;   // batches on their way
  std::size_t batch_entries = 500;      // at most proto::max_import_batch
  std::size_t batch_bytes = 256 << 10;
  ldap::Dn stand_in;                     // of last members: neither a user nor a member; empty: none
  std::size_t members_per_piece = 1000;  // a larger group comes in several pieces, each with its attributes
};

class Importer {
 public:
  // False: the session is gone.
  using Sender = std::function<bool(const proto::AgentFrame&)>;

  Importer(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory, ImportSettings settings,
           Sender send);
  ~Importer();

  // Begins at once; while another runs, this one fails with a reason.
  void request(const proto::ImportRequest& request);
  void acknowledged(const proto::ImportAck& ack);
  // The import under way, if any, is over: the hub has dropped what it staged.
  void session_ended();
  // Fails the import under way, saying why.
  void stop(std::string reason);
  bool is_running() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dirbridge::agent
