// app create|list|rotate-key|revoke: OAuth service apps. Key pairs are made here: the hub never sees a private half.
#include <algorithm>
#include <optional>

#include "app/commands.hpp"
#include "app/key_files.hpp"
#include "base/text.hpp"
#include "jose/jwk.hpp"

namespace dirbridge::app {
namespace {

constexpr std::int64_t keep_old_ms = 24 * 3'600'000;

jose::Jwk make_key(const Invocation& invocation) {
  return jose::Jwk::generate(invocation.key_type == "ec" ? jose::KeyType::p256 : jose::KeyType::rsa);
}

// The private key, shown once: as JWK and as PEM, whichever an SDK's configuration wants.
void hand_over(const jose::Jwk& key, const json& app, const Invocation& invocation, const Console& console) {
  const std::string id = text_at(app, {"client_id"});
  if (console.json && invocation.out_file.empty()) {
    json shown = app;
    shown["kid"] = key.kid();
    shown["jwk"] = json::parse(key.private_json().reveal());
    shown["pem"] = key.private_pem().reveal();
    console.out << shown.dump(2) << '\n';
    return;
  }
  if (!invocation.out_file.empty()) {
    if (console.json) {
      json shown = app;
      shown["kid"] = key.kid();
      console.out << shown.dump(2) << '\n';
    } else {
      console.out << id << '\n';
    }
    console.err << "private key written to " << invocation.out_file << " (JWK) and " << invocation.out_file << ".pem\n";
    return;
  }
  console.out << "client id: " << id << "\nkey id:    " << key.kid() << "\n\n"
              << json::parse(key.private_json().reveal()).dump(2) << "\n\n"
              << key.private_pem().reveal();
  console.err << "The private key, as JWK and as PEM; it is not shown again and the hub does not have it\n";
}

// The hub's clock says which are good; hubs that do not say it list them all.
std::ptrdiff_t valid_keys(const json& app) {
  const auto keys = app.value("keys", json::array());
  return std::ranges::count_if(keys, [](const json& key) { return key.value("valid", true); });
}

int list(Api& api, const Console& console) {
  const auto apps = api.list("/_dirbridge/v1/apps");
  if (console.json) {
    console.out << json(apps).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"CLIENT ID", "NAME", "CREATED", "STATE", "TOKENS", "KEYS", "SCOPES"}};
  for (const json& app : apps) {
    std::string scopes;
    for (const json& scope : app.value("scopes", json::array()))
      if (scope.is_string()) scopes += (scopes.empty() ? "" : " ") + scope.get<std::string>();
    const bool revoked = text_at(app, {"revoked"}) == "true";
    table.add({text_at(app, {"client_id"}), text_at(app, {"name"}), short_time(text_at(app, {"created"})),
               Cell{revoked ? "revoked" : "valid", revoked ? Style::dim : Style::good},
               text_at(app, {"dpop"}) == "true" ? "DPoP" : "bearer", std::to_string(valid_keys(app)), scopes});
  }
  table.print(console, "No app yet; make one: dirbridge app create NAME --scope okta.groups.read");
  return exit_done;
}

}  // namespace

int run_app_command(const Invocation& invocation, Api& api, const Console& console) {
  if (invocation.command == Command::app_list) return list(api, console);
  const std::string target = "/_dirbridge/v1/apps/" + percent_encode(invocation.name);
  if (invocation.command == Command::app_revoke) {
    api.remove(target);
    if (console.json) {
      console.out << json{{"client_id", invocation.name}, {"revoked", true}}.dump(2) << '\n';
    } else {
      console.out << "App " << printable(invocation.name) << " is revoked, its tokens with it\n";
    }
    return exit_done;
  }
  const auto key = make_key(invocation);
  const bool is_new = invocation.command == Command::app_create;
  // A rotation replaces the files of the key that ends.
  std::optional<KeyFiles> files;
  if (!invocation.out_file.empty()) files.emplace(invocation.out_file, key, !is_new);
  json app;
  try {
    app = is_new ? api.post("/_dirbridge/v1/apps", {{"name", invocation.name},
                                                    {"scopes", invocation.scopes},
                                                    {"dpop", invocation.dpop},
                                                    {"key", key.public_json()}})
                 : api.post(target + "/keys",
                            {{"key", key.public_json()}, {"keep_old_ms", invocation.keep_old ? keep_old_ms : 0}});
  } catch (const CommandFailure& failure) {
    if (failure.code == exit_refused || !files) throw;
    throw CommandFailure(failure.code, std::string{failure.what()} + "; " + files->leave());
  }
  if (files) files->keep();
  hand_over(key, app, invocation, console);
  return exit_done;
}

}  // namespace dirbridge::app
