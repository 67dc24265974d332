#include "bench/ldapmodify.hpp"

#include <chrono>
#include <stdexcept>

#include "base/text.hpp"
#include "lab/process.hpp"

namespace dirbridge::bench {
namespace {

constexpr auto patience = std::chrono::seconds{300};

void write_or_throw(const std::string& path, std::string_view text) {
  if (const auto written = write_file(path, text, 0600); !written) throw std::runtime_error(written.error().message());
}

}  // namespace

LdapModify::LdapModify(std::string folder, std::string url, std::string bind_dn, const Secret& password,
                       std::string ca_file)
    : folder_(std::move(folder)), url_(std::move(url)), bind_dn_(std::move(bind_dn)), ca_file_(std::move(ca_file)) {
  write_or_throw(file("ldapmodify.password"), password.reveal());
}

void LdapModify::prepare(std::span<const Seat> seats, std::size_t chunk) {
  std::string ldif;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    const Seat& seat = seats[i];
    if (i % chunk == 0)
      ldif += "dn: " + seat.group_dn + "\nchangetype: modify\n" + (seat.taken ? "delete" : "add") + ": member\n";
    ldif += "member: " + seat.user_dn + "\n";
    if ((i + 1) % chunk == 0 || i + 1 == seats.size()) ldif += "-\n\n";
  }
  write_or_throw(file("ldapmodify.ldif"), ldif);
}

void LdapModify::run() {
  std::vector<std::string> environment;
  if (!ca_file_.empty()) environment.push_back("LDAPTLS_CACERT=" + ca_file_);
  const auto done = lab::run_process({"ldapmodify", "-x", "-H", url_, "-D", bind_dn_, "-y", file("ldapmodify.password"),
                                      "-f", file("ldapmodify.ldif")},
                                     "", std::chrono::steady_clock::now() + patience, environment);
  if (!done) throw std::runtime_error(done.error().message());
  if (done->status != 0)
    throw std::runtime_error("ldapmodify ended with " + std::to_string(done->status) + ": " + done->err);
}

}  // namespace dirbridge::bench
