#include "doctor/questioner.hpp"

#include "base/text.hpp"

namespace dirbridge::doctor {
namespace {

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

result<std::shared_ptr<net::TlsClientContext>> tls_context(const ldap::ClientSettings& settings) {
  net::TlsClientSettings tls;
  tls.ca_file = settings.ca_file;
  if (!settings.certificate_file.empty()) {
    auto certificate = read_file(settings.certificate_file);
    if (!certificate) return certificate.error();
    auto key = read_file(settings.key_file);
    if (!key) return key.error();
    tls.client_identity = {std::move(*certificate), std::move(*key)};
  }
  return net::TlsClientContext::make(tls);
}

}  // namespace

result<ldap::ConnectionSettings> connection_settings(const ldap::ClientSettings& settings, const std::string& url) {
  const auto parsed = ldap::ServerUrl::parse(url);
  if (!parsed) return parsed.error();
  ldap::ConnectionSettings out;
  out.url = *parsed;
  out.starttls = settings.starttls;
  out.connect_timeout = settings.connect_timeout;
  out.tls_timeout = settings.tls_timeout;
  out.bind_timeout = settings.bind_timeout;
  out.limits.max_message_bytes = settings.max_message_bytes;
  if (parsed->transport == ldap::ServerUrl::Transport::tls || settings.starttls) {
    auto context = tls_context(settings);
    if (!context) return context.error();
    out.tls = std::move(*context);
  }
  if (settings.sasl_external) out.bind = ldap::ConnectionSettings::Bind::external;
  if (settings.bind_dn.empty()) return out;
  out.bind = ldap::ConnectionSettings::Bind::simple;
  out.bind_dn = settings.bind_dn;
  auto password = read_file(settings.bind_password_file);
  if (!password) return Error{errc::configuration, "the bind password: " + password.error().message()};
  if (password->ends_with('\n')) password->pop_back();
  if (password->ends_with('\r')) password->pop_back();
  out.password = Secret{std::move(*password)};
  return out;
}

asio::awaitable<Answer> Questioner::wait(std::shared_ptr<ldap::Operation> operation,
                                         std::function<void(const ldap::Entry&)> take) {
  for (;;) {
    while (!operation->entries.empty()) {
      take(operation->entries.front());
      operation->entries.pop_front();
    }
    connection_->resume();
    if (operation->is_over()) break;
    const bool notified = co_await operation->changed.wait(in(patience_));
    if (notified || operation->is_over() || !operation->entries.empty()) continue;
    connection_->abandon(*operation);
    Answer silent;
    silent.lost = Error{errc::timed_out, "no answer within " + std::to_string(patience_.count()) + " ms"};
    co_return silent;
  }
  Answer answer;
  if (operation->state == ldap::Operation::State::failed)
    answer.lost = operation->error;
  else
    answer.result = operation->result;
  answer.value = operation->value;
  co_return answer;
}

asio::awaitable<Answer> Questioner::entry(std::string dn, std::vector<std::string> attributes) {
  ldap::SearchRequest request;
  request.base = std::move(dn);
  request.scope = ldap::Scope::base;
  request.attributes = std::move(attributes);
  request.page_size = 0;
  std::vector<ldap::Entry> entries;
  auto operation = connection_->start_search(std::move(request));
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& one) { entries.push_back(one); };
  Answer answer = co_await wait(operation, take);
  answer.entries = std::move(entries);
  co_return answer;
}

asio::awaitable<Answer> Questioner::search(ldap::SearchRequest request, std::function<void(const ldap::Entry&)> take) {
  ldap::PageRequest page{request.page_size};
  for (;;) {
    auto operation = connection_->start_search(request, page);
    Answer answer = co_await wait(operation, take);
    if (!answer.ok() || operation->cookie.empty()) co_return answer;
    page.cookie = operation->cookie;
  }
}

asio::awaitable<Answer> Questioner::modify(ldap::ModifyRequest request) {
  auto operation = connection_->start_modify(std::move(request));
  std::function<void(const ldap::Entry&)> take = [](const ldap::Entry&) {};
  Answer answer = co_await wait(operation, take);
  co_return answer;
}

asio::awaitable<Answer> Questioner::who_am_i() {
  auto operation = connection_->start_who_am_i();
  std::function<void(const ldap::Entry&)> take = [](const ldap::Entry&) {};
  Answer answer = co_await wait(operation, take);
  co_return answer;
}

}  // namespace dirbridge::doctor
