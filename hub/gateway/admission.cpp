#include "hub/gateway/admission.hpp"

#include <set>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "hub/system_log.hpp"
#include "net/deadline.hpp"

namespace dirbridge::hub {
namespace {

template <class Frame>
asio::awaitable<result<Frame>> expect(net::WebSocket& socket, std::string_view name) {
  auto text = co_await socket.read();
  if (!text) co_return text.error();
  auto frame = proto::parse_agent_frame(*text);
  if (!frame) co_return frame.error();
  if (auto* wanted = std::get_if<Frame>(&*frame)) co_return std::move(*wanted);
  co_return Error{errc::protocol, "expected " + std::string{name} + ", got " + std::string{proto::frame_type(*frame)}};
}

// Codes whose use is on its way to the disk: a second use in that moment must fail too.
std::set<std::string>& codes_in_use() {
  static std::set<std::string> codes;
  return codes;
}

asio::awaitable<result<AgentId>> enrol(const proto::Hello& hello, Store& store, const Clock& clock) {
  const auto hash = sha256_hex(hello.enrol_code);
  const auto code = store.views().enrol_code(hash);
  if (!code) co_return Error{errc::denied, "the enrolment code is unknown"};
  if (code->used || codes_in_use().contains(hash))
    co_return Error{errc::denied, "the enrolment code has been used; create another with `dirbridge agent enrol-code`"};
  if (code->expires <= clock.wall_now())
    co_return Error{errc::denied,
                    "the enrolment code expired at " + to_iso8601(code->expires) + "; create another one"};
  const auto key = from_base64url(hello.public_key);
  if (!key || key->size() != 32) co_return Error{errc::denied, "public_key is not an Ed25519 key in base64url"};
  const auto agent = new_id<AgentId>("a53");
  codes_in_use().insert(hash);
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::AgentEnrolled{agent, hello.name, hello.public_key, hash});
  const auto done = co_await store.append(code->directory, std::move(bodies));
  codes_in_use().erase(hash);
  if (!done) co_return done.error();
  LogFacts event;
  event.type = "system.agent.register";
  event.message = "Register agent";
  event.targets = {{agent.str(), "Agent", hello.name}, {code->directory.str(), "AppInstance", ""}};
  log_event(store, event, code->directory);
  log::info("agent.enrolled", {{"agent", agent}, {"directory", code->directory}, {"name", hello.name}});
  co_return agent;
}

asio::awaitable<result<Admitted>> admit_unbounded(net::WebSocket& socket, Store& store, const Clock& clock) {
  auto hello = co_await expect<proto::Hello>(socket, "hello");
  if (!hello) co_return hello.error();
  if (hello->version < proto::oldest_protocol_version || hello->version > proto::protocol_version)
    co_return Error{errc::denied, "protocol version " + std::to_string(hello->version) +
                                      " is not spoken here; this hub speaks versions " +
                                      std::to_string(proto::oldest_protocol_version) + " to " +
                                      std::to_string(proto::protocol_version)};
  Admitted admitted{hello->agent, {}, hello->name, hello->software, hello->instance, hello->version, false};
  if (!hello->enrol_code.empty()) {
    auto enrolled = co_await enrol(*hello, store, clock);
    if (!enrolled) co_return enrolled.error();
    admitted.agent = *enrolled;
    admitted.enrolled_now = true;
  }
  const auto row = store.views().agent(admitted.agent);
  if (!row) co_return Error{errc::denied, "agent " + admitted.agent.str() + " is not enrolled at this hub"};
  if (row->revoked) co_return Error{errc::denied, "agent " + admitted.agent.str() + " was revoked"};
  admitted.directory = row->directory;
  if (admitted.name.empty()) admitted.name = row->name;
  if (admitted.enrolled_now) socket.send(proto::to_json(proto::HubFrame{proto::Enrolled{row->id, row->directory}}));

  const auto nonce = to_base64url(random_bytes(32));
  socket.send(proto::to_json(proto::HubFrame{proto::Challenge{nonce}}));
  auto proof = co_await expect<proto::Proof>(socket, "proof");
  if (!proof) co_return proof.error();
  if (!verify_signature(row->public_key, proto::challenge_text(nonce, row->id, hello->instance), proof->signature))
    co_return Error{errc::denied, "the proof does not match the key that agent " + row->id.str() + " enrolled with"};
  co_return admitted;
}

}  // namespace

asio::awaitable<result<Admitted>> admit(net::WebSocket& socket, Store& store, const Clock& clock,
                                        const HubSettings& settings) {
  auto admitted = co_await net::with_deadline(admit_unbounded(socket, store, clock),
                                              std::chrono::steady_clock::now() + settings.challenge_timeout);
  if (!admitted) co_return Error{errc::timed_out, "no hello or proof within the time for it"};
  co_return std::move(*admitted);
}

}  // namespace dirbridge::hub
