#include "doctor/questioner.hpp"

#include <algorithm>

namespace dirbridge::doctor {
namespace {

// A search of few entries, and one of all users.
constexpr milliseconds longest_short{60'000};
constexpr milliseconds longest{600'000};

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

// A server that answers for ever, one entry after the other or one page after the other, is not waited for.
asio::awaitable<Answer> Questioner::wait(std::shared_ptr<ldap::Operation> operation,
                                         std::function<bool(const ldap::Entry&)> take, TimePoint until) {
  const auto give_up = [&](Error why) {
    connection_->abandon(*operation);
    Answer none;
    none.lost = std::move(why);
    return none;
  };
  for (;;) {
    while (!operation->entries.empty()) {
      if (!take(operation->take_entry()))
        co_return give_up({errc::too_large, "more than " + std::to_string(most_entries) + " entries came"});
    }
    connection_->resume();
    if (operation->is_over()) break;
    const auto limit = std::min(in(patience_), until);
    const bool notified = co_await operation->changed.wait(limit);
    if (std::chrono::steady_clock::now() >= until) {
      is_lost_ = true;
      co_return give_up({errc::timed_out, "the server sends one entry after the other and does not come to an end"});
    }
    if (notified || operation->is_over() || !operation->entries.empty()) continue;
    is_lost_ = true;
    co_return give_up({errc::timed_out, "no answer within " + std::to_string(patience_.count()) + " ms"});
  }
  Answer answer;
  if (operation->state == ldap::Operation::State::failed) {
    is_lost_ = true;
    answer.lost = operation->error;
  } else {
    answer.result = operation->result;
  }
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
  std::function<bool(const ldap::Entry&)> take = [&](const ldap::Entry& one) {
    entries.push_back(one);
    return entries.size() <= most_entries;
  };
  Answer answer = co_await wait(operation, take, in(longest_short));
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
  const auto until = in(longest);
  std::function<bool(const ldap::Entry&)> take_all = [&take](const ldap::Entry& one) {
    take(one);
    return true;
  };
  for (;;) {
    auto operation = connection_->start_search(request, page);
    Answer answer = co_await wait(operation, take_all, until);
    if (!answer.ok() || operation->cookie.empty()) co_return answer;
    if (std::chrono::steady_clock::now() >= until) {
      answer.lost = Error{errc::timed_out, "the server sends one page after the other and does not come to an end"};
      co_return answer;
    }
    page.cookie = operation->cookie;
  }
}

asio::awaitable<Answer> Questioner::modify(ldap::ModifyRequest request) {
  auto operation = connection_->start_modify(std::move(request));
  std::function<bool(const ldap::Entry&)> take = [](const ldap::Entry&) { return true; };
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
    std::function<bool(const ldap::Entry&)> take = [](const ldap::Entry&) { return true; };
    Answer answer = co_await wait(operation, take);
    answers.push_back(std::move(answer));
  }
  co_return answers;
}

asio::awaitable<Answer> Questioner::attempt(ldap::Attempt attempt) {
  auto operation = connection_->start_attempt(std::move(attempt));
  std::function<bool(const ldap::Entry&)> take = [](const ldap::Entry&) { return true; };
  Answer answer = co_await wait(operation, take);
  co_return answer;
}

asio::awaitable<Answer> Questioner::who_am_i() {
  auto operation = connection_->start_who_am_i();
  std::function<bool(const ldap::Entry&)> take = [](const ldap::Entry&) { return true; };
  Answer answer = co_await wait(operation, take);
  co_return answer;
}

}  // namespace dirbridge::doctor
