// dirbridge hub
#include <iostream>

#include "app/console.hpp"
#include "app/service_loop.hpp"
#include "app/service_settings.hpp"
#include "base/log.hpp"
#include "hub/hub.hpp"

namespace dirbridge::app {
namespace {

std::string url(std::string_view scheme, const std::string& host, std::uint16_t port) {
  // "Any address" is no place to call; on this machine loopback is.
  const std::string shown = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  const bool is_v6 = shown.find(':') != std::string::npos;
  return std::string{scheme} + "://" + (is_v6 ? "[" + shown + "]" : shown) + ":" + std::to_string(port);
}

asio::awaitable<result<void>> run(hub::Hub& hub) {
  co_await hub.run();
  co_return result<void>{};
}

}  // namespace

int run_hub(const Invocation& invocation, const Settings& settings) {
  const hub::HubSettings told = to_hub_settings(settings);
  asio::io_context loop{1};
  auto hub = hub::Hub::open(loop.get_executor(), told);
  if (!hub) {
    print_lines(std::cerr, "dirbridge hub: ", hub.error().message());
    return hub.error().code == errc::configuration ? exit_usage : exit_refused;
  }
  hub::Hub& running = **hub;
  nlohmann::json ready{
      {"ready", "hub"}, {"data_dir", told.data_dir}, {"operator_token_file", told.data_dir + "/operator.token"}};
  if (told.plain) ready["url"] = url("http", told.listen.host, running.port());
  if (told.tls) ready["tls_url"] = url("https", told.listen_tls.host, running.tls_port());
  log::info("hub.ready", {{"url", ready.value("url", "")}, {"tls_url", ready.value("tls_url", "")}});
  announce_ready(invocation, ready);
  return run_service(loop, {.run = [&] { return run(running); }, .stop = [&] { return running.stop(); }}, settings);
}

}  // namespace dirbridge::app
