#include "agent/identity.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/text.hpp"
#include "proto/frames.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::agent {
namespace {

constexpr std::size_t max_state_file = 64 << 10;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

result<void> make_directory(const std::string& path) {
  std::error_code failure;
  const std::filesystem::path wanted{path};
  if (wanted.has_parent_path()) std::filesystem::create_directories(wanted.parent_path(), failure);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{error_code{errno, boost::system::system_category()}, "state_dir " + path};
  return {};
}

// The file stays when its process has gone; what counts is the lock on it, which the system takes back. Its text is for
// the message of whoever comes second.
result<std::shared_ptr<void>> lock(const std::string& state_dir) {
  const auto path = state_dir + "/agent.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Error{error_code{errno, boost::system::system_category()}, "cannot open " + path};
  std::shared_ptr<void> held{nullptr, [file](void*) { ::close(file); }};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error{error_code{errno, boost::system::system_category()}, "cannot lock " + path};
    const auto holder = read_file(path, 32);
    const auto pid = holder ? std::string{trim(*holder)} : std::string{};
    return Error{errc::conflict, "state_dir " + state_dir + " is in use by another agent" +
                                     (pid.empty() ? "" : ", process " + pid) +
                                     ": every agent needs a state folder of its own"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return Error{error_code{errno, boost::system::system_category()}, "cannot write " + path};
  return held;
}

result<std::string> member(const Json& json, const char* key, const std::string& path) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
    return Error{errc::malformed, path + ": \"" + key + "\" must be a text that is not empty"};
  return found->get<std::string>();
}

}  // namespace

result<Identity> Identity::open(std::string state_dir) {
  const auto key_path = state_dir + "/agent.key";
  const auto json_path = state_dir + "/agent.json";
  if (!exists(key_path)) {
    if (exists(json_path))
      return Error{errc::configuration, json_path + " is there but " + key_path +
                                            " is not: restore the key, or remove both and enrol again"};
    if (auto made = make_directory(state_dir); !made) return made.error();
  }
  auto locked = lock(state_dir);
  if (!locked) return locked.error();
  // Only now: another process may have made it in the meantime.
  if (!exists(key_path)) {
    auto key = SigningKey::generate();
    if (auto written = write_file(key_path, key.private_pem(), 0600); !written) return written.error();
    return Identity{std::move(state_dir), std::move(*locked), std::move(key)};
  }

  auto pem = read_file(key_path, max_state_file);
  if (!pem) return pem.error();
  auto key = SigningKey::from_pem(*pem);
  if (!key) return Error{errc::configuration, key_path + ": " + key.error().message()};
  Identity identity{std::move(state_dir), std::move(*locked), std::move(*key)};
  if (!exists(json_path)) return identity;

  auto text = read_file(json_path, max_state_file);
  if (!text) return text.error();
  auto json = proto::parse_json(*text);
  if (!json || !json->is_object())
    return Error{errc::configuration, json_path + ": " + (json ? "not a JSON object" : json.error().message())};
  auto agent = member(*json, "agent", json_path);
  if (!agent) return agent.error();
  auto directory = member(*json, "directory", json_path);
  if (!directory) return directory.error();
  identity.agent_ = AgentId{std::move(*agent)};
  identity.directory_ = DirectoryId{std::move(*directory)};
  return identity;
}

std::string Identity::prove(std::string_view nonce, std::string_view instance) const {
  return key_.sign(proto::challenge_text(nonce, agent_, instance));
}

result<void> Identity::enrolled(AgentId agent, DirectoryId directory) {
  const Json json{{"agent", agent.str()}, {"directory", directory.str()}};
  if (auto written = write_file(state_dir_ + "/agent.json", json.dump(2) + "\n", 0600); !written)
    return written.error();
  agent_ = std::move(agent);
  directory_ = std::move(directory);
  return {};
}

}  // namespace dirbridge::agent
