#include "doctor/questioner.hpp"

namespace dirbridge::doctor {
namespace {

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

asio::awaitable<Answer> Questioner::wait(std::shared_ptr<ldap::Operation> operation,
                                         std::function<void(const ldap::Entry&)> take) {
  for (;;) {
    while (!operation->entries.empty()) {
      take(operation->take_entry());
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
