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
  answer.controls = operation->controls;
  co_return answer;
}

asio::awaitable<Answer> Questioner::entry(std::string dn, std::vector<std::string> attributes,
                                          std::vector<ldap::Control> controls) {
  ldap::SearchRequest request;
  request.base = std::move(dn);
  request.scope = ldap::Scope::base;
  request.attributes = std::move(attributes);
  Answer answer = co_await entries(std::move(request), std::move(controls));
  co_return answer;
}

asio::awaitable<Answer> Questioner::entries(ldap::SearchRequest request, std::vector<ldap::Control> controls) {
  std::vector<ldap::Entry> entries;
  auto operation = connection_->start_search(std::move(request), {}, std::move(controls));
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& one) { entries.push_back(one); };
  Answer answer = co_await wait(operation, take);
  answer.entries = std::move(entries);
  co_return answer;
}

asio::awaitable<Answer> Questioner::listen(ldap::SearchRequest request, ldap::Control control, milliseconds quiet) {
  std::vector<ldap::Control> controls;
  controls.push_back(std::move(control));
  const auto operation = connection_->start_search(std::move(request), {}, std::move(controls));
  std::function<bool()> spoke = [&] { return operation->is_over() || !operation->entries.empty(); };
  co_await operation->changed.until(std::move(spoke), in(quiet));
  Answer answer;
  if (operation->state == ldap::Operation::State::failed) answer.lost = operation->error;
  if (operation->state == ldap::Operation::State::answered) answer.result = operation->result;
  answer.entries.assign(operation->entries.begin(), operation->entries.end());
  connection_->abandon(*operation);
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

asio::awaitable<std::vector<Answer>> Questioner::modify_each(std::vector<ldap::ModifyRequest> requests) {
  std::vector<std::shared_ptr<ldap::Operation>> operations;
  for (auto& request : requests) operations.push_back(connection_->start_modify(std::move(request)));
  return wait_each(std::move(operations));
}

asio::awaitable<std::vector<Answer>> Questioner::attempt_each(std::vector<ldap::Attempt> attempts) {
  std::vector<std::shared_ptr<ldap::Operation>> operations;
  for (auto& one : attempts) operations.push_back(connection_->start_attempt(std::move(one)));
  return wait_each(std::move(operations));
}

asio::awaitable<std::vector<Answer>> Questioner::wait_each(std::vector<std::shared_ptr<ldap::Operation>> operations) {
  std::vector<Answer> answers;
  for (const auto& operation : operations) {
    std::function<void(const ldap::Entry&)> take = [](const ldap::Entry&) {};
    Answer answer = co_await wait(operation, take);
    answers.push_back(std::move(answer));
  }
  co_return answers;
}

asio::awaitable<Answer> Questioner::attempt(ldap::Attempt attempt) {
  auto operation = connection_->start_attempt(std::move(attempt));
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
