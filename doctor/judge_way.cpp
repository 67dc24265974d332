// Judging the way to the server: certificates, transport, clock, identity.
#include "doctor/judge.hpp"

#include <algorithm>
#include <charconv>

#include "doctor/words.hpp"

namespace dirbridge::doctor {
namespace {

constexpr auto days_to_warn = 30;
constexpr auto days_to_alarm = 7;
constexpr auto skew_to_warn = std::chrono::seconds{60};
constexpr auto skew_to_alarm = std::chrono::minutes{5};  // Kerberos refuses from here on

}  // namespace

Finding judge_certificates(const std::vector<net::SeenCertificate>& chain, WallTime now) {
  if (chain.empty()) return {Check::certificate, Severity::problem, "the server showed no certificate"};
  const auto first_to_end = *std::ranges::min_element(chain, {}, &net::SeenCertificate::not_after);
  const auto left = std::chrono::floor<std::chrono::days>(first_to_end.not_after - now).count();
  const std::string evidence = std::to_string(chain.size()) + " shown; " + first_to_end.subject + ", issued by " +
                               first_to_end.issuer + ", is good until " +
                               to_iso8601(first_to_end.not_after).substr(0, 10);
  const std::string remedy = "renew the directory's certificate before that day; afterwards no agent can connect";
  if (left < days_to_alarm) return {Check::certificate, Severity::problem, evidence, remedy};
  if (left < days_to_warn) return {Check::certificate, Severity::warning, evidence, remedy};
  return {Check::certificate, Severity::ok, evidence};
}

Finding judge_transport(const Wire& wire) {
  if (wire.is_protected) return {Check::transport, Severity::ok, "TLS or a local socket"};
  if (!wire.has_password) return {Check::transport, Severity::info, "in clear, without a password"};
  return {Check::transport, Severity::warning,
          std::string{"the password and all that is read travel in clear"} +
              (wire.is_loopback ? " (within this machine)" : ""),
          "use ldaps:// in ldap.urls, or set ldap.starttls"};
}

std::optional<WallTime> parse_generalized_time(std::string_view text) {
  if (text.size() < 15 || text.back() != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) -> std::optional<int> {
    int value = 0;
    const auto [end, ec] = std::from_chars(text.data() + at, text.data() + at + length, value);
    if (ec != std::errc{} || end != text.data() + at + length) return std::nullopt;
    return value;
  };
  const auto y = number(0, 4), mo = number(4, 2), d = number(6, 2), h = number(8, 2), mi = number(10, 2),
             s = number(12, 2);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*mo)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  if (!day.ok() || *h < 0 || *h > 23 || *mi < 0 || *mi > 59 || *s < 0 || *s > 60) return std::nullopt;
  return std::chrono::sys_days{day} + std::chrono::hours{*h} + std::chrono::minutes{*mi} + std::chrono::seconds{*s};
}

Finding judge_clock(std::optional<WallTime> server, WallTime ours, const std::string& why) {
  if (!server)
    return {Check::clock, Severity::info,
            why.empty() ? "this server shows no time without a write; one to a scratch group (--group) would do" : why};
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(*server - ours);
  const auto size = std::chrono::abs(skew);
  const std::string evidence = "the server's clock is " + std::to_string(size.count()) + " s " +
                               (skew.count() < 0 ? "behind" : "ahead of") + " ours";
  const std::string remedy = "let both machines follow the same time source (NTP)";
  if (size > skew_to_alarm) return {Check::clock, Severity::problem, evidence, remedy};
  if (size > skew_to_warn) return {Check::clock, Severity::warning, evidence, remedy};
  return {Check::clock, Severity::ok, evidence};
}

Finding judge_identity(const ldap::Result& result, const std::string& identity, bool is_anonymous) {
  if (!result.ok())
    return {Check::identity, Severity::info, "the server does not say: " + ldap::to_error(result).message()};
  if (!identity.empty() && identity != "dn:") return {Check::identity, Severity::ok, identity};
  if (is_anonymous) return {Check::identity, Severity::ok, "nobody"};
  return {Check::identity, Severity::problem, "nobody, although the bind succeeded",
          "look at the server's identity mapping (authz-regexp, EXTERNAL) for this account"};
}

}  // namespace dirbridge::doctor
