#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "app/invocation.hpp"

namespace dirbridge::app {
namespace {

constexpr const char* client_group = "Hub to talk to";
constexpr std::int64_t max_limit = 1'000'000;

// CLI11 puts the option's name in front of what a check returns.
std::string check_limit(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= max_limit) return {};
  return "must be a number from 1 to " + std::to_string(max_limit) + ", not \"" + text + "\"";
}
// "" is what an unset variable of a script leaves behind: it names nothing, and must not mean "any" or "the only one".
std::string check_named(const std::string& text) {
  return text.find_first_not_of(" \t") == std::string::npos ? "must not be empty" : "";
}
CLI::Option* named(CLI::Option* option) { return option->check(check_named); }

// Arguments that would put a secret into the process list, where every user of the machine can read it.
struct SecretFlag {
  std::string flag;
  std::string remedy;
};
std::vector<SecretFlag> secret_flags() {
  std::vector<SecretFlag> flags = {
      {"--token", "use --token-file FILE or the environment variable DIRBRIDGE_TOKEN"},
      {"--ldap-bind-password", "use --ldap-bind-password-file FILE"},
      {"--password", "name a file with the setting that ends in _file, or use the environment"},
  };
  for (const Role role : {Role::hub, Role::agent}) {
    for (const Setting& setting : schema()) {
      const auto sections = sections_of(role);
      if (setting.kind != Kind::secret || std::ranges::find(sections, setting.section) == sections.end()) continue;
      const std::string flag = flag_of(role, setting);
      flags.push_back({flag, "use " + flag + "-file FILE or the environment variable " + setting.environment()});
    }
  }
  return flags;
}

std::optional<Answered> refuse_secrets(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    for (const SecretFlag& secret : secret_flags()) {
      if (name == secret.flag) {
        return Answered{exit_usage, "dirbridge: " + name +
                                        ": a secret on the command line can be read by everybody on this machine; " +
                                        secret.remedy + "\n"};
      }
    }
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(const std::map<std::string, std::string>& environment) {
    const auto variable = [&](const char* name, std::string& into) {
      if (const auto found = environment.find(name); found != environment.end()) into = found->second;
    };
    variable("DIRBRIDGE_HUB", invocation_.client.hub);
    variable("DIRBRIDGE_TOKEN_FILE", invocation_.client.token_file);
    variable("DIRBRIDGE_CA", invocation_.client.ca_file);
    variable("DIRBRIDGE_CONFIG", invocation_.config_file);

    program_.require_subcommand(1);
    program_.fallthrough();
    program_.get_formatter()->column_width(36);
    program_.footer(
        "Exit codes: 0 the directory did it, or the answer is shown; 1 refused, failed or not found;\n"
        "2 the command line or the configuration is wrong: nothing was asked; 3 no answer in time: it may still\n"
        "happen, `dirbridge job ID` tells what became of it.\n"
        "`dirbridge COMMAND --help` explains a command; --hub, --token-file, --ca, --json and --no-color may stand\n"
        "behind every command. A tour on a private directory: dirbridge demo");
    auto* client = &program_;
    client->add_option("--hub", invocation_.client.hub, "URL of the hub (DIRBRIDGE_HUB; default http://127.0.0.1:8080)")
        ->type_name("URL")
        ->group(client_group);
    client
        ->add_option("--token-file", invocation_.client.token_file,
                     "File with the API token (DIRBRIDGE_TOKEN_FILE, or the token itself in DIRBRIDGE_TOKEN)")
        ->type_name("FILE")
        ->group(client_group);
    client->add_option("--ca", invocation_.client.ca_file, "PEM of the authority of an https:// hub (DIRBRIDGE_CA)")
        ->type_name("FILE")
        ->group(client_group);
    client->add_flag("--json", invocation_.client.json, "Print JSON for scripts")->group(client_group);
    client->add_flag("--no-color", no_color_, "No colour (it is used on a terminal only)")->group(client_group);
    program_.add_flag("-V,--version", show_version_, "Print the version");

    add_service(Command::hub, "hub", "Run the hub: the API, the job queue, the agents' sockets", Role::hub);
    agent_ =
        add_service(Command::agent, "agent",
                    "Run an agent beside a directory (or, with enrol-code, make a code to enrol one)", Role::agent);
    add_demo();
    add_directory();
    add_enrol_code();
    add_token();
    add_app();
    add_groups();
    add_jobs();
    add_rest();
  }

  std::variant<Invocation, Answered> parse(std::vector<std::string> arguments) {
    try {
      std::ranges::reverse(arguments);  // CLI11 takes them last first
      program_.parse(arguments);
    } catch (const CLI::CallForAllHelp&) {
      return Answered{0, program_.help("", CLI::AppFormatMode::All)};
    } catch (const CLI::CallForHelp&) {
      const auto [app, path] = innermost();
      const auto end = path.rfind(' ');
      return Answered{0, app->help(end == std::string::npos ? std::string{} : path.substr(0, end))};
    } catch (const CLI::ParseError& error) {
      if (show_version_) return Invocation{};
      const auto [app, path] = innermost();
      return Answered{exit_usage, path + ": " + reason(*app, error) + "\nTry: " + path + " --help\n"};
    }
    invocation_.client.color = !no_color_;
    if (invocation_.command == Command::hub || invocation_.command == Command::agent ||
        invocation_.command == Command::doctor)
      gather_settings();
    return std::move(invocation_);
  }

 private:
  // The last command that was recognised, and how a person calls it: "dirbridge group add".
  std::pair<const CLI::App*, std::string> innermost() const {
    const CLI::App* app = &program_;
    std::string path = app->get_name();
    while (!app->get_subcommands().empty()) {
      app = app->get_subcommands().front();
      path += " " + app->get_name();
    }
    return {app, path};
  }

  // CLI11 says "A subcommand is required" where a command was misspelled.
  std::string reason(const CLI::App& app, const CLI::ParseError& error) const {
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      if (!command->get_group().empty()) commands.push_back(command->get_name());
    }
    std::vector<std::string> rest = app.remaining();
    if (rest.empty()) rest = program_.remaining();  // fallthrough() hands them upwards
    if (commands.empty() || rest.empty() || rest.front().starts_with('-')) return error.what();
    const auto meant = nearest(rest.front(), commands);
    return "there is no command \"" + rest.front() + "\"" + (meant ? "; did you mean \"" + *meant + "\"?" : "");
  }

  CLI::App* add(CLI::App& parent, Command command, const std::string& name, const std::string& help) {
    CLI::App* app = parent.add_subcommand(name, help);
    app->fallthrough();
    app->final_callback([this, command] { chosen(command); });
    return app;
  }
  CLI::App* add_family(const std::string& name, const std::string& help) {
    CLI::App* app = program_.add_subcommand(name, help);
    app->fallthrough();
    app->require_subcommand(1);
    return app;
  }
  // A command inside another (agent enrol-code) ends first, and it is the one that was meant.
  void chosen(Command command) {
    if (!chosen_) invocation_.command = command;
    chosen_ = true;
  }

  // A flag for each setting of these sections.
  void add_settings(CLI::App& app, Role role, std::span<const std::string_view> sections) {
    auto& values = role == Role::hub ? hub_values_ : agent_values_;
    values.resize(schema().size());
    for (std::size_t i = 0; i < schema().size(); ++i) {
      const Setting& setting = schema()[i];
      if (setting.kind == Kind::secret || std::ranges::find(sections, setting.section) == sections.end()) continue;
      std::string text{setting.help};
      if (!setting.fallback.empty()) text += " [" + std::string{setting.fallback} + "]";
      CLI::Option* option = app.add_option(flag_of(role, setting), values[i], text)
                                ->type_name(std::string{to_text(setting.kind)})
                                ->group("[" + std::string{setting.section} + "]");
      if (setting.kind == Kind::list) {
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      } else {
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
  }

  CLI::App* add_service(Command command, const std::string& name, const std::string& help, Role role) {
    CLI::App* app = add(program_, command, name, help);
    app->add_option("-c,--config", invocation_.config_file, "TOML file (DIRBRIDGE_CONFIG)")->type_name("FILE");
    if (role == Role::agent)
      named(app->add_option("--okta-conf", invocation_.okta_conf,
                            "OktaLDAPAgent.conf whose directory this agent takes over"))
          ->type_name("FILE");
    app->add_flag("--print-config", invocation_.print_config,
                  "Show the effective settings and where each is from, and stop");
    app->add_flag("--print-ready", invocation_.print_ready,
                  "One JSON line with the real ports on standard output when ready");
    app->add_option("--ready-fd", invocation_.ready_fd, "The same line to this file descriptor")->type_name("N");
    add_settings(*app, role, sections_of(role));
    app->footer(
        "Every setting may also stand in the TOML file ([section] key) or in the environment\n"
        "(DIRBRIDGE_<SECTION>_<KEY>); flags win over the environment, and that over the file.\n"
        "Secrets come from files (…_file) or the environment only. See docs/configuration.md.");
    return app;
  }

  void add_demo() {
    CLI::App* app =
        add(program_, Command::demo, "demo", "A guided tour on a private slapd, a hub and an agent of its own");
    app->add_flag("--check", invocation_.check,
                  "Assert every step against the directory, stop everything, exit 0 or 1");
    app->add_option("--folder", invocation_.folder,
                    "Keep data and logs here (default: a temporary folder, removed at the end)")
        ->type_name("PATH");
  }

  void add_directory() {
    CLI::App* family = add_family("directory", "Directories (app instances) of the hub");
    add(*family, Command::directory_create, "create", "Make one; agents enrol for it afterwards")
        ->add_option("NAME", invocation_.name, "Its name")
        ->required()
        ->check(check_named);
    add(*family, Command::directory_list, "list", "Show all");
  }

  void add_enrol_code() {
    CLI::App* app = add(*agent_, Command::agent_enrol_code, "enrol-code", "Make a one-time code that enrols one agent");
    named(app->add_option("DIRECTORY", invocation_.directory, "Name or id of the directory"))->required();
    app->add_option("--out", invocation_.out_file, "Write the code to this file (mode 0600) instead of showing it")
        ->type_name("FILE");
  }

  void add_key_options(CLI::App& command) {
    command.add_option("--key", invocation_.key_type, "rsa (RSA-2048, the default) or ec (P-256)")
        ->check(CLI::IsMember({"rsa", "ec"}))
        ->type_name("KIND");
    command
        .add_option("--out", invocation_.out_file,
                    "Write the private key to FILE (JWK) and FILE.pem (mode 0600) instead of showing it")
        ->type_name("FILE");
  }
  void add_app() {
    CLI::App* family = add_family("app", "OAuth service apps: SDKs in PrivateKey mode");
    CLI::App* create = add(*family, Command::app_create, "create", "Make one; its private key is shown once");
    create->add_option("NAME", invocation_.name, "What it is for")->required();
    create->add_option("--scope", invocation_.scopes, "okta.groups.read, …: what its tokens may carry; may be repeated")
        ->required()
        ->type_name("SCOPE");
    create->add_flag("--dpop", invocation_.dpop, "Bind its tokens to its key (DPoP)");
    add_key_options(*create);
    add(*family, Command::app_list, "list", "Show all, without their keys");
    CLI::App* rotate = add(*family, Command::app_rotate_key, "rotate-key", "Give it a new key; shown once");
    rotate->add_option("CLIENT_ID", invocation_.name, "0oa…")->required();
    rotate->add_flag("--keep-old", invocation_.keep_old, "Let the keys before it be good for another 24 hours");
    add_key_options(*rotate);
    add(*family, Command::app_revoke, "revoke", "End one and its tokens at once")
        ->add_option("CLIENT_ID", invocation_.name, "0oa…")
        ->required();
  }
  void add_token() {
    CLI::App* family = add_family("token", "API tokens");
    CLI::App* create = add(*family, Command::token_create, "create", "Make one; it is shown once");
    named(create->add_option("NAME", invocation_.name, "What it is for"))->required();
    create
        ->add_option("--scope", invocation_.scopes,
                     "okta.directories.groups.manage, okta.groups.read, okta.users.read,\n"
                     "okta.agentPools.read, another okta scope, or dirbridge.operator (everything);\n"
                     "may be repeated")
        ->required()
        ->type_name("SCOPE");
    create->add_option("--out", invocation_.out_file, "Write the token to this file (mode 0600) instead of showing it")
        ->type_name("FILE");
    add(*family, Command::token_list, "list", "Show all, without their texts");
    add(*family, Command::token_revoke, "revoke", "End one at once")
        ->add_option("ID", invocation_.name, "00T…")
        ->required()
        ->check(check_named);
  }

  void add_groups() {
    CLI::App* list = add(program_, Command::groups, "groups", "Imported groups");
    directory_option(*list);
    limit_option(*list);
    CLI::App* family = add_family("group", "One group: its members, and changes of them");
    const auto with_group = [&](Command command, const char* name, const char* help) {
      CLI::App* app = add(*family, command, name, help);
      named(app->add_option("GROUP", invocation_.name, "Name or id (00g…)"))->required();
      directory_option(*app);
      return app;
    };
    with_group(Command::group_members, "members", "Who is in it, as the hub knows");
    const auto change = [&](Command command, const char* name, const char* help) {
      CLI::App* app = with_group(command, name, help);
      app->add_option("USER", invocation_.users, "Logins or ids (00u…)")->required()->check(check_named);
      app->add_flag(
          "--dry-run", invocation_.dry_run,
          "Change nothing: print the LDIF that would be carried out, and each user's verdict, from reads alone");
      app->footer(
          "Exit code with --dry-run: the one that the change itself would end with, as far as reading tells:\n"
          "0 every user would be as wanted, 1 refused; 3 not known: the directory could not be read, takes no changes "
          "now, or "
          "does not tell.");
    };
    change(Command::group_add, "add", "Add users in the directory and wait for its answer");
    change(Command::group_remove, "remove", "Remove users in the directory and wait for its answer");
    CLI::App* users = add(program_, Command::users, "users", "Imported users");
    users->add_option("PREFIX", invocation_.name, "Only those whose login starts with this");
    limit_option(*users);
  }

  void add_jobs() {
    CLI::App* jobs = add(program_, Command::jobs, "jobs", "Changes asked for, newest first");
    jobs->add_flag("--open", invocation_.open_only, "Only those still open");
    limit_option(*jobs);
    directory_option(*jobs);
    CLI::App* job = add(program_, Command::job, "job", "One change: what was asked, what became of it, and its story");
    named(job->add_option("ID", invocation_.name, "Job id (ADS…) or X-Okta-Request-Id"))->required();
    job->footer("Exit code 0: applied (in time or late); 1: refused, not started, cancelled or parked; 3: still open.");
  }

  void add_rest() {
    CLI::App* import =
        add(program_, Command::import, "import", "Read users and groups from the directory, and wait for the end");
    named(import->add_option("DIRECTORY", invocation_.directory, "Name or id; may be left out if there is only one"));
    directory_option(*add(program_, Command::agents, "agents", "Agents, and how they are"));
    CLI::App* ledger = add_family("ledger", "The hub's ledger file");
    add(*ledger, Command::ledger_verify, "verify", "Fold the views afresh from the records and compare")
        ->add_option("PATH", invocation_.name, "The SQLite file, or the hub's data folder")
        ->required();
    CLI::App* tls = add(*add_family("tls", "Certificates"), Command::tls_init, "init",
                        "Make an authority of your own, and the hub's certificate");
    tls->add_option("--name", invocation_.hosts,
                    "DNS name or address in the certificate; may be repeated (localhost, 127.0.0.1 and ::1)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("HOST");
    named(tls->add_option("--folder", invocation_.folder, "Where the files go: the hub's data folder (dirbridge-data)"))
        ->type_name("PATH");
    tls->add_flag("--force", invocation_.force, "Replace the files that are there");
    CLI::App* doctor = add(program_, Command::doctor, "doctor", "Find out what is wrong with an agent's directory");
    doctor->add_option("-c,--config", invocation_.config_file, "The agent's TOML file (DIRBRIDGE_CONFIG)")
        ->type_name("FILE");
    named(doctor->add_option("--okta-conf", invocation_.okta_conf, "OktaLDAPAgent.conf whose directory is meant"))
        ->type_name("FILE");
    named(doctor->add_option("--group", invocation_.name, "A scratch group that may be changed, and is left as found"))
        ->type_name("DN");
    static constexpr std::array<std::string_view, 2> of_the_directory{"ldap", "import"};
    add_settings(*doctor, Role::agent, of_the_directory);
    doctor->footer("Exit code 0: nothing to do; 4: warnings; 1: problems. See docs/doctor.md.");
    add(program_, Command::version, "version", "Print the version");
    add(program_, Command::settings_reference, "settings-reference", "Print the tables of docs/configuration.md")
        ->group("");
  }

  void directory_option(CLI::App& app) {
    named(app.add_option("--directory", invocation_.directory, "Only of this directory (name or id)"))
        ->type_name("DIRECTORY");
  }
  void limit_option(CLI::App& app) {
    app.add_option("--limit", invocation_.limit, "At most so many, 1 or more")->type_name("N")->check(check_limit);
  }

  void gather_settings() {
    const Role role = invocation_.command == Command::hub ? Role::hub : Role::agent;
    const auto& values = role == Role::hub ? hub_values_ : agent_values_;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) continue;
      const Setting& setting = schema()[i];
      FlagValue flag{.setting = &setting, .flag = flag_of(role, setting), .value = {}};
      if (setting.kind == Kind::list) {
        flag.value.items = values[i];
      } else {
        flag.value.text = values[i].back();
      }
      invocation_.settings.push_back(std::move(flag));
    }
  }

  CLI::App program_{"Dirbridge changes groups of an on-premises LDAP directory through an Okta-shaped HTTP API.",
                    "dirbridge"};
  CLI::App* agent_ = nullptr;
  Invocation invocation_;
  std::vector<std::vector<std::string>> hub_values_;  // parallel to schema()
  std::vector<std::vector<std::string>> agent_values_;
  bool chosen_ = false;
  bool show_version_ = false;
  bool no_color_ = false;
};

}  // namespace

std::variant<Invocation, Answered> parse_command_line(const std::vector<std::string>& arguments,
                                                      const std::map<std::string, std::string>& environment) {
  if (auto refused = refuse_secrets(arguments)) return std::move(*refused);
  return Parser{environment}.parse(arguments);
}

}  // namespace dirbridge::app
