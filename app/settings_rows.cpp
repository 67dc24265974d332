// The rows. A default here repeats the one of the settings struct it fills; a test compares them.
#include <array>

#include "app/settings_schema.hpp"

namespace dirbridge::app {
namespace {

constexpr std::int64_t hour = 3'600'000;

constexpr std::array rows = {
    // ------------------------------------------------------------------------------------------------------ hub
    Setting{
        "hub", "data_dir", Kind::file, "dirbridge-data",
        "Folder of the ledger, the operator's token, and the hub's own authority and certificate. One hub per folder."},
    Setting{"hub", "listen", Kind::address, "127.0.0.1:8080", "Where plain HTTP and ws:// are served."},
    Setting{"hub", "listen_tls", Kind::address, "127.0.0.1:8443", "Where HTTPS and wss:// are served."},
    Setting{"hub", "plain", Kind::boolean, "true", "Serve `listen`."},
    Setting{"hub", "tls", Kind::boolean, "true", "Serve `listen_tls`."},
    Setting{"hub", "certificate_file", Kind::file, "",
            "PEM chain of the served certificate. Empty: one issued by the hub's own authority (data_dir/ca.pem)."},
    Setting{"hub", "key_file", Kind::file, "", "PEM private key of `certificate_file`."},
    Setting{"hub", "names", Kind::list, "localhost;127.0.0.1", "DNS names and addresses in the issued certificate."},
    Setting{"hub", "public_url", Kind::url, "",
            "Base of the URLs in answers: https://host:port, no path. Empty: what the client called."},
    Setting{"hub", "request_timeout", Kind::duration, "20s",
            "How long POST groups/modify waits for the directory before it answers 504.", 10, hour},
    Setting{"hub", "heartbeat", Kind::duration, "5s", "Agents send a sign of life this often.", 10, hour},
    Setting{"hub", "silence", Kind::duration, "30s", "An agent that sent nothing for this long counts as gone.", 10,
            hour},
    Setting{"hub", "challenge_timeout", Kind::duration, "10s",
            "An agent's socket that has not proved who it is by then is closed.", 10, hour},
    Setting{"hub", "enrol_code_lifetime", Kind::duration, "1h", "How long an enrolment code can be used.", 1000},
    Setting{"hub", "max_poll_wait", Kind::duration, "1m", "Upper bound of an agent's long poll.", 10, hour},
    Setting{"hub", "max_agents", Kind::integer, "256", "Agents connected at once.", 1, 100'000},
    Setting{"hub", "max_waiting_requests", Kind::integer, "10000", "Requests waiting for a directory at once.", 1,
            10'000'000},
    Setting{
        "hub", "rate_limit_plan", Kind::text, "workforce",
        "Okta's published limits per minute that X-Rate-Limit-* show: integrator, one_app, enterprise or workforce."},
    Setting{"hub", "rate_limit", Kind::integer, "0", "Requests per window in every bucket. 0: those of the plan.", 0,
            1'000'000'000},
    Setting{"hub", "rate_limit_window", Kind::duration, "1m", "How long a window lasts, from its first request.", 100,
            hour},
    Setting{"hub", "rate_limit_enforce", Kind::boolean, "false",
            "Answer 429 to a request above the limit, for tests of back-off."},
    Setting{"hub", "error_profile", Kind::text, "openapi",
            "openapi: no agent is 502 E0000236, a time-out 504 E0000237. product: 504 E0000241 and 502 E0000240."},
    Setting{"hub", "directory_tokens", Kind::text, "any",
            "any, or oauth: /api/v1/directories refuses API tokens with 403 E0000006, the operator's too."},
    Setting{"hub", "out_of_scope", Kind::text, "bad_request",
            "A group or user of another directory: bad_request (400 E0000001) or not_found (404 E0000007)."},
    Setting{"hub", "read_lifetime", Kind::duration, "10m", "How long the result of an attribute query can be fetched.",
            1000, hour},
    Setting{"hub", "hook_ca_file", Kind::file, "",
            "PEM of the authority that signed the certificates of event hooks' receivers. Empty: the system's."},
    Setting{"hub", "stop_grace", Kind::duration, "5s", "A graceful stop finishes answers under way within this.", 0,
            hour},

    // ---------------------------------------------------------------------------------------------------- queue
    Setting{"queue", "lease", Kind::duration, "12s", "How long an agent may hold a job without a sign of work on it.",
            10, hour},
    Setting{"queue", "max_deliveries", Kind::integer, "5",
            "After so many deliveries without a verdict a job is parked.", 1, 1000},
    Setting{"queue", "backoff_base", Kind::duration, "250ms", "Wait before the second delivery; it doubles each time.",
            1, hour},
    Setting{"queue", "backoff_max", Kind::duration, "5s", "Longest wait between deliveries.", 1, hour},
    Setting{"queue", "max_open_jobs", Kind::integer, "100000", "Open jobs at once; more are refused with 503.", 1,
            100'000'000},

    // ----------------------------------------------------------------------------------------------------- http
    Setting{"http", "max_connections", Kind::integer, "1024", "Connections at once; more are answered 503.", 1,
            1'000'000},
    Setting{"http", "max_handshakes", Kind::integer, "32", "TLS handshakes in progress; more wait.", 1, 100'000},
    Setting{"http", "max_header_bytes", Kind::size, "16KiB",
            "Request line and header; a longer URL is answered 414, a larger header 431.", 1024, 1 << 20},
    Setting{"http", "max_body_bytes", Kind::size, "1MiB", "Size of a request's body; more is answered 413.", 1024,
            1 << 30},
    Setting{"http", "handshake_timeout", Kind::duration, "10s", "TLS handshake.", 10, hour},
    Setting{"http", "header_timeout", Kind::duration, "10s", "From a request's first byte to the end of its header.",
            10, hour},
    Setting{"http", "body_timeout", Kind::duration, "30s", "From the header to the end of the body.", 10, hour},
    Setting{"http", "idle_timeout", Kind::duration, "75s", "Between two requests of one connection.", 10, hour},
    Setting{"http", "write_timeout", Kind::duration, "30s",
            "A client that does not read its answer for this long is cut.", 10, hour},
    Setting{"http", "web_socket_max_message", Kind::size, "16MiB", "Size of one message of an agent.", 4096, 1 << 30},
    Setting{"http", "web_socket_max_queued", Kind::size, "64MiB", "Unsent bytes per agent before it is cut off.", 4096,
            1 << 30},
    Setting{"http", "web_socket_write_timeout", Kind::duration, "30s",
            "An agent that does not read for this long is cut off.", 10, hour},

    // ---------------------------------------------------------------------------------------------------- agent
    Setting{"agent", "hub_url", Kind::url, "",
            "The hub: wss://hub.example.org:8443, or ws:// to this machine. Required."},
    Setting{"agent", "hub_ca_file", Kind::file, "",
            "PEM of the authority that signed the hub's certificate. Empty: the system's."},
    Setting{"agent", "allow_plain", Kind::boolean, "false",
            "Allow ws:// to another machine (passwords stay here, names do not)."},
    Setting{"agent", "proxy_url", Kind::url, "", "HTTP proxy to reach the hub through (CONNECT): http://proxy:3128."},
    Setting{"agent", "proxy_user", Kind::text, "", "User name at the proxy."},
    Setting{"agent", "proxy_password", Kind::secret, "", "Password at the proxy."},
    Setting{"agent", "proxy_password_file", Kind::file, "", "File that holds the proxy's password."},
    Setting{"agent", "state_dir", Kind::file, "dirbridge-agent",
            "Folder of the agent's key and identity. One agent per folder."},
    Setting{"agent", "enrol_code", Kind::secret, "", "One-time code (dirbridge agent enrol-code); needed once."},
    Setting{"agent", "enrol_code_file", Kind::file, "", "File that holds the one-time code."},
    Setting{"agent", "name", Kind::text, "", "Shown in lists. Empty: the host's name."},
    Setting{"agent", "reconnect_base", Kind::duration, "250ms",
            "First wait before a reconnect; it doubles, with jitter.", 1, hour},
    Setting{"agent", "reconnect_max", Kind::duration, "30s", "Longest wait before a reconnect.", 1, hour},
    Setting{"agent", "poll_wait", Kind::duration, "20s", "How long one poll waits for jobs.", 10, hour},
    Setting{"agent", "polls", Kind::integer, "2",
            "Polls kept open, so that while one is answered the next job finds another.", 1, 16},
    Setting{"agent", "credit", Kind::integer, "512", "Jobs held at most, over all polls.", 1, 100'000},
    Setting{
        "agent", "max_values_per_modify", Kind::integer, "10000",
        "Values in one modify, at most. The server's rules ask for less: 1000, but for a large request that a quick "
        "OpenLDAP takes; 100 on 389 DS.",
        1, 100'000},
    Setting{"agent", "max_bytes_per_modify", Kind::size, "1MiB",
            "Size of one modify, at most; 256 KiB where its values may not be more than 1000.", 1024, 16 << 20},
    Setting{"agent", "report_margin", Kind::duration, "250ms", "The LDAP deadline is the job's less this.", 1, hour},
    Setting{"agent", "settle", Kind::duration, "30s",
            "An operation without word counts as not done only after the other state was read unchanged for this long.",
            10, hour},
    Setting{"agent", "settle_interval", Kind::duration, "500ms", "Between those reads.", 10, hour},
    Setting{
        "agent", "last_member", Kind::text, "refuse",
        "When a group must keep a member and the last one is removed: refuse, placeholder, or the DN of an entry that "
        "takes its place."},
    Setting{"agent", "stop_grace", Kind::duration, "10s", "A graceful stop finishes what the agent holds within this.",
            0, hour},

    // ----------------------------------------------------------------------------------------------------- ldap
    Setting{"ldap", "urls", Kind::list, "",
            "Servers, in order of preference: ldap://, ldaps:// or ldapi://. Required."},
    Setting{
        "ldap", "priorities", Kind::list, "",
        "A number for each of `urls`: the smallest is preferred, equal ones are not changed for each other. Empty: the "
        "order of `urls`."},
    Setting{"ldap", "return_after", Kind::duration, "1m",
            "A server that was away or took no changes is tried again after this.", 10, hour},
    Setting{"ldap", "replica_lag", Kind::duration, "2s",
            "How far the servers are behind each other at most: another one is used so long after the last change.", 0,
            hour},
    Setting{"ldap", "starttls", Kind::boolean, "false", "Secure ldap:// connections with StartTLS."},
    Setting{"ldap", "ca_file", Kind::file, "",
            "PEM of the authority that signed the server's certificate. Empty: the system's."},
    Setting{"ldap", "allow_cleartext", Kind::boolean, "false",
            "Send the password over plain ldap:// to another machine."},
    Setting{"ldap", "bind_dn", Kind::text, "",
            "Who the agent is. Empty, without `sasl_external` and `keytab_file`: anonymous."},
    Setting{"ldap", "bind_password_file", Kind::file, "", "File that holds the password; read again at each bind."},
    Setting{"ldap", "sasl_external", Kind::boolean, "false",
            "SASL EXTERNAL: over ldapi://, or over TLS with `certificate_file`."},
    Setting{"ldap", "certificate_file", Kind::file, "", "PEM certificate of the agent, for `sasl_external` over TLS."},
    Setting{"ldap", "key_file", Kind::file, "", "PEM private key of `certificate_file`."},
    Setting{"ldap", "keytab_file", Kind::file, "",
            "Kerberos keytab of the agent's account: SASL GSSAPI, signed and sealed, over ldap://; read again at each "
            "bind."},
    Setting{"ldap", "principal", Kind::text, "",
            "The account in the keytab, svc-agent@AD.EXAMPLE.ORG. Empty: the keytab's first."},
    Setting{"ldap", "kdcs", Kind::list, "",
            "Where tickets come from: host, or host:port (88). Empty: each server of `urls` itself."},
    Setting{"ldap", "connect_timeout", Kind::duration, "5s", "TCP connect.", 10, hour},
    Setting{"ldap", "tls_timeout", Kind::duration, "5s", "TLS handshake, and the StartTLS operation.", 10, hour},
    Setting{"ldap", "bind_timeout", Kind::duration, "5s", "Bind.", 10, hour},
    Setting{"ldap", "operation_timeout", Kind::duration, "8s", "Longest wait for one message of a read.", 10, hour},
    Setting{"ldap", "window", Kind::integer, "64",
            "Outstanding operations per connection (slapd ends a session at 1000).", 1, 900},
    Setting{"ldap", "idle", Kind::duration, "5m", "An unused connection is unbound after this. 0ms: never."},
    Setting{"ldap", "reconnect_base", Kind::duration, "100ms",
            "First wait before a reconnect; it doubles, with jitter.", 1, hour},
    Setting{"ldap", "reconnect_max", Kind::duration, "10s", "Longest wait before a reconnect.", 1, hour},
    Setting{"ldap", "refused_interval", Kind::duration, "5s",
            "Between binds while the server refuses the account. For one password it doubles up to 5m (lock-outs); a "
            "changed file is tried at once.",
            1, hour},
    Setting{"ldap", "max_message_bytes", Kind::size, "32MiB", "Size of one message of the server.", 4096, 1 << 30},

    // --------------------------------------------------------------------------------------------------- import
    Setting{"import", "user_bases", Kind::list, "", "DNs below which users are read."},
    Setting{"import", "user_filter", Kind::text, "(objectClass=inetOrgPerson)", "RFC 4515 filter of users."},
    Setting{"import", "group_bases", Kind::list, "", "DNs below which groups are read."},
    Setting{"import", "group_filter", Kind::text, "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
            "RFC 4515 filter of groups."},
    Setting{"import", "page_size", Kind::integer, "500", "Entries per page (RFC 2696).", 1, 100'000},
    Setting{"import", "timeout", Kind::duration, "2h",
            "Longest time of a whole import. One that takes longer fails, and what was known stays.", 1000, 24 * hour},

    // ------------------------------------------------------------------------------------------------------ log
    Setting{"log", "level", Kind::text, "info", "debug, info, warn, error or off."},
    Setting{"log", "file", Kind::file, "", "Where lines go. Empty: standard error."},

    // -------------------------------------------------------------------------------------------------- process
    Setting{"process", "watchdog", Kind::duration, "30s",
            "A process whose event loop makes no progress for this long is aborted. 0ms: never.", 0, hour},
    Setting{"process", "lag_warning", Kind::duration, "200ms",
            "A step of the loop that took longer than this is logged.", 1, hour},
};

}  // namespace

std::span<const Setting> schema() { return rows; }

}  // namespace dirbridge::app
