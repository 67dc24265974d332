// A directory that means harm: whatever it answers is decoded or ends the session, and never waits for more than it
// said.
#include <algorithm>

#include "fuzz/fuzz_check.hpp"
#include "ldap/session.hpp"

using namespace dirbridge;

namespace {

// Of msgids 1 (search), 2 (modify), 3 (bind), 4 (StartTLS): what the answers in the corpus are answers to.
ldap::Session asked() {
  ldap::Session session{{.max_message_bytes = 1 << 16}};
  ldap::ModifyRequest change;
  change.target = ldap::Dn::parse("cn=g,dc=org").value();
  change.attribute = "member";
  change.add.push_back(ldap::Dn::parse("uid=a,dc=org").value());
  session.submit_search({.base = "dc=org"}, {.size = 500}).value();
  session.submit_modify(change).value();
  session.submit_simple_bind("cn=agent,dc=org", Secret{"pw"}).value();
  session.submit_start_tls().value();
  session.take_output();
  return session;
}

struct Seen {
  std::size_t messages = 0;
  bool ended = false;
};

Seen feed(std::string_view bytes, std::size_t piece) {
  auto session = asked();
  Seen seen;
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    const auto messages = session.feed(part);
    if (!messages) {
      FUZZ_CHECK(!messages.error().message().empty());
      FUZZ_CHECK(!session.feed(part));  // it stays ended
      seen.ended = true;
      return seen;
    }
    for (const auto& message : *messages) {
      FUZZ_CHECK(message.msgid >= 0);
      FUZZ_CHECK(message.result.ok() || !to_error(message.result).message().empty());
      message.entry.first("member");
    }
    seen.messages += messages->size();
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_text(data, size);
  const auto whole = feed(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto pieces = feed(bytes, 7);
  FUZZ_CHECK(whole.ended == pieces.ended);
  FUZZ_CHECK(whole.ended || whole.messages == pieces.messages);
  return 0;
}
