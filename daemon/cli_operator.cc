#include "daemon/cli_operator.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "daemon/cli_parts.h"
#include "daemon/report.h"

namespace penstock {
namespace {

using Choose = std::function<void(Command)>;

/// "300 Mbps", or 300 alone: on a command line the unit is plain.
std::optional<Mbps> parse_size(std::string_view text) {
  std::int64_t plain = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), plain);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  const std::optional<Mbps> size = whole ? std::optional(Mbps{plain}) : parse_bandwidth(text);
  return size && *size > Mbps{0} ? size : std::nullopt;
}

void add_account(CLI::App* app, std::string& account) {
  app->add_option("--account", account, "whose instance, where several accounts have it")
      ->type_name("NAME");
}

void add_explain(CLI::App& app, ExplainCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "explain", "how the decision about one instance comes about",
      "Its samples as a chart, what each rule wants with the numbers it used, every guard that\n"
      "spoke, the price, and the next time it may change by itself.\n\n"
      "  penstock explain edge-sin-1\n"
      "  penstock explain 1204852345230712320 --json | jq '.guards[] | select(.held)'");
  add_config(command, to.config);
  add_json(command, to.json);
  command->add_option("instance", to.instance, "its id, or its name where only one has it")
      ->type_name("INSTANCE")
      ->required();
  add_account(command, to.account);
  command->callback([&to, choose] { choose(to); });
}

/// `orders` and `history` differ in what they list and in nothing else.
template <class As>
CLI::App* add_past(CLI::App& app, PastCommand& to, const Choose& choose, const char* name,
                   const char* what, const char* teach) {
  CLI::App* command = add_command(app, name, what, teach);
  add_config(command, to.config);
  add_json(command, to.json);
  command->add_option("instance", to.instance, "only of this instance, by id or name")
      ->type_name("INSTANCE");
  add_account(command, to.account);
  add_unit<Duration>(
      command, "--since", parse_duration, [&to](Duration since) { to.since = since; },
      "a duration (90m, 24h, 30d)", "how far back [7d]")
      ->type_name("DURATION");
  command->add_option("--limit", to.limit, "at most so many, the newest")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  command->callback([&to, choose] { choose(As{to}); });
  return command;
}

void add_override(CLI::App& app, PauseCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "override", "keeps an instance at a size that a person chose, until a time",
      "Goes before every rule; money limits and the provider's rules still hold, and so does the\n"
      "policy's mode: an observed instance is not touched. Works without the daemon too, for\n"
      "whoever may write in the state folder; a prepaid size below the present one waits for the "
      "window.\n\n"
      "  penstock override 1204852345230712320 --at 800 --for 6h --reason \"product launch\"\n"
      "  penstock override 1204852345230712320 --end");
  to.pin = true;
  add_config(command, to.config);
  add_json(command, to.json);
  command->add_option("instance", to.instance, "its id")->type_name("ID")->required();
  add_account(command, to.account);
  auto* size = add_unit<Mbps>(
      command, "--at", parse_size, [&to](Mbps cap) { to.cap = cap; },
      "a bandwidth (300, \"300 Mbps\", \"2 Gbps\")", "the size");
  size->type_name("MBPS");
  auto* until = add_unit<TimePoint>(
      command, "--until", parse_time, [&to](TimePoint at) { to.until = at; },
      "a time such as 2026-01-01T00:00:00Z", "ends by itself then");
  until->type_name("TIME");
  auto* span = add_unit<Duration>(
      command, "--for", parse_duration, [&to](Duration given) { to.span = given; },
      "a duration (30m, 2h, 7d)", "ends by itself after this");
  span->type_name("DURATION")->excludes(until);
  auto* reason =
      command->add_option("--reason", to.reason, "recorded, and shown wherever the override is");
  reason->type_name("TEXT");
  auto* end = command->add_flag("--end", to.resume, "ends the override now");
  end->excludes(size)->excludes(until)->excludes(span);
  command->callback([&to, choose, size, until, span, reason, end] {
    if (end->count() == 0) {
      if (size->count() == 0) throw CLI::RequiredError("--at (or --end)");
      if (until->count() + span->count() == 0) throw CLI::RequiredError("--until or --for");
      if (reason->count() == 0) throw CLI::RequiredError("--reason");
    }
    choose(to);
  });
}

/// "80 USD", or 80 alone: USD is the only currency there is.
std::optional<Money> parse_price(std::string_view text) {
  const std::optional<Money> plain = parse_money_amount(text);
  const std::optional<Money> price = plain ? plain : parse_money(text);
  return price && *price > Money{} ? price : std::nullopt;
}

/// Beyond a month nobody remembers what was approved.
std::optional<Duration> parse_approval_span(std::string_view text) {
  constexpr Duration kMost = std::chrono::hours{24 * 31};
  const std::optional<Duration> span = parse_duration(text);
  return span && *span > Duration{} && *span <= kMost ? span : std::nullopt;
}

void add_approve(CLI::App& app, ApproveCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "approve", "lets one order go that waits for a person because of its price",
      "A policy's `approve_above` asks for this; until somebody answers the order is held with "
      "the\n"
      "reason needs-approval. One order uses an approval up. The price is asked again before the\n"
      "order: above what was approved it is held again, and every other limit stands. With an id\n"
      "and --up-to it works without the daemon, for whoever may write in the state folder.\n\n"
      "  penstock plan\n"
      "  penstock approve edge-sin-1 --note \"agreed with finance\"\n"
      "  penstock approve 1204852345230712320 --up-to 80 --for 2h");
  add_config(command, to.config);
  add_json(command, to.json);
  command->add_option("instance", to.instance, "its id, or its name where only one has it")
      ->type_name("INSTANCE")
      ->required();
  add_account(command, to.account);
  auto* up_to = add_unit<Money>(
      command, "--up-to", parse_price, [&to](Money amount) { to.up_to = amount; },
      "an amount above 0 (80, \"80.50 USD\")", "what it may cost [the price that waits now]");
  up_to->type_name("AMOUNT");
  auto* span = add_unit<Duration>(
      command, "--for", parse_approval_span, [&to](Duration given) { to.span = given; },
      "a duration of at most 31d (30m, 2h, 7d)", "ends by itself after this [24h]");
  span->type_name("DURATION");
  auto* note = command->add_option("--note", to.note, "recorded with the order");
  note->type_name("TEXT");
  auto* end = command->add_flag("--end", to.end, "takes the approval back");
  end->excludes(up_to)->excludes(span)->excludes(note);
  command->callback([&to, choose] { choose(to); });
}

CLI::App* add_journal(CLI::App* parent, JournalCommand& to, const Choose& choose,
                      JournalCommand::What what, const char* name, const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  add_config(command, to.config);
  command->callback([&to, choose, what] {
    to.what = what;
    choose(to);
  });
  return command;
}

void add_journals(CLI::App& app, JournalCommand& to, const Choose& choose) {
  CLI::App* journal = add_command(
      app, "journal", "backup, verify or export the journal: orders, money, decisions",
      "Works with and without the daemon, and changes nothing. To restore a backup, stop the\n"
      "daemon, remove journal.db-wal and journal.db-shm, copy the backup over journal.db, "
      "start.\n\n"
      "  penstock journal backup /var/backups/penstock.db\n"
      "  penstock journal verify\n"
      "  penstock journal export --table orders --from 2026-01-01T00:00:00Z > orders.jsonl");
  journal->require_subcommand(1);
  CLI::App* backup = add_journal(journal, to, choose, JournalCommand::kBackup, "backup",
                                 "a complete copy, also while the daemon runs");
  add_json(backup, to.json);
  backup->add_option("file", to.file, "where to; must not exist")->type_name("FILE")->required();
  CLI::App* verify = add_journal(journal, to, choose, JournalCommand::kVerify, "verify",
                                 "checks the file and every order in it");
  add_json(verify, to.json);
  verify->add_option("file", to.file, "a backup, instead of the journal in force")
      ->type_name("FILE");
  CLI::App* rows = add_journal(journal, to, choose, JournalCommand::kExport, "export",
                               "its rows as JSON, one a line, newest first");
  rows->add_option("--file", to.file, "a backup, instead of the journal in force")
      ->type_name("FILE");
  rows->add_option("--table", to.table, "orders, decisions or events")
      ->check(CLI::IsMember({"orders", "decisions", "events"}))
      ->type_name("NAME")
      ->capture_default_str();
  const auto time = [&](const char* name, std::optional<TimePoint>& into, const char* help) {
    add_unit<TimePoint>(
        rows, name, parse_time, [&into](TimePoint at) { into = at; },
        "a time such as 2026-01-01T00:00:00Z", help)
        ->type_name("TIME");
  };
  time("--from", to.from, "not before");
  time("--to", to.to, "before");
}

void add_report(CLI::App& app, ReportOptions& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "report", "a month's orders and money, for those who pay",
      "Each order with instance, sizes, order number, quoted, charged, reason and who; sums by\n"
      "policy, zone, resource group and tag; what the next month costs, and what it would cost "
      "had\n"
      "each instance been kept at the largest size it was given in the month. Months are UTC.\n\n"
      "  penstock report --month 2026-01\n"
      "  penstock report --month 2026-01 --csv > january.csv");
  add_config(command, to.config);
  add_json(command, to.json);
  auto* csv = command->add_flag("--csv", to.csv, "the orders as CSV");
  csv->excludes("--json");
  command->add_option("--month", to.month, "such as 2026-01 [the present one]")
      ->check([](const std::string& text) {
        return month_span(text) ? "" : "\"" + text + "\" is not a month such as 2026-01";
      })
      ->type_name("YYYY-MM");
  command->callback([&to, choose] { choose(to); });
}

void add_support(CLI::App& app, SupportCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "support-bundle", "one text file with what is needed to find a fault; no secrets",
      "Configuration, policies, what check says, the daemon's view and metrics, a listing of the\n"
      "state folder. Plain text: read it before you send it. Names and addresses are in it.\n\n"
      "  penstock support-bundle --output /tmp/penstock.txt");
  add_config(command, to.config);
  command->add_option("--output", to.file, "must not exist [penstock-support-DATE.txt]")
      ->type_name("FILE");
  command->callback([&to, choose] { choose(to); });
}

void add_doctor(CLI::App& app, DoctorCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "doctor", "is everything there, and does it mean what it seems to?",
      "Configuration and secrets, the state folder, the daemon, the clock against the API's, "
      "which\n"
      "rights the keys have (by calls that change nothing), sources and what they match, units "
      "that\n"
      "are off by 8, 1,000 or 1,024 against the provider's own traffic, private traffic counted "
      "in,\n"
      "policies that own nothing, sizes that somebody else keeps changing. Exit code 1 when\n"
      "something is wrong; each finding says how to mend it.\n\n"
      "  penstock doctor");
  add_config(command, to.config);
  add_json(command, to.json);
  command->callback([&to, choose] { choose(to); });
}

void add_init(CLI::App& app, InitCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "init", "reads the account, writes a configuration and policies that only observe",
      "Needs the account's keys, in files access-key-id and access-key-password in the folder (or "
      "in\n"
      "its credentials/, or in the environment), and finds out the rest: which instances there "
      "are,\n"
      "how they are paid for, and by which label of which counter a Prometheus names them.\n\n"
      "  penstock init --folder /etc/penstock --prometheus http://127.0.0.1:9090");
  add_json(command, to.json);
  command->add_option("--folder", to.folder, "where to write penstock.toml and policies.d/")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      ->add_option("--prometheus", to.prometheus,
                   "its base URL [http://127.0.0.1:9090 if something answers there]")
      ->type_name("URL");
  command->add_option("--base-url", to.base_url, "of the API, such as a sandbox's")
      ->type_name("URL");
  command->add_option("--billing-month", to.month, "of a sandbox whose months are shorter")
      ->type_name("DURATION");
  command->add_flag("--force", to.force, "overwrite what is there");
  command->callback([&to, choose] { choose(to); });
}

void add_reference(CLI::App& app, ReferenceCommand& to, const Choose& choose) {
  CLI::App* command = add_command(
      app, "reference", "prints completions, man pages and JSON schemas of this very version",
      "  penstock reference bash > /etc/bash_completion.d/penstock\n"
      "  penstock reference man | man -l -\n"
      "  penstock reference schema-policy > policy.schema.json");
  command
      ->add_option("kind", to.kind,
                   "bash, zsh, man, man-config, man-policy, schema-config or "
                   "schema-policy")
      ->check(CLI::IsMember(reference_kinds()))
      ->type_name("KIND")
      ->required();
  command->callback([&to, choose, &app] {
    to.text = reference_text(to.kind, app);
    choose(to);
  });
}

}  // namespace

void add_operator_commands(CLI::App& app, OperatorCommands& to, const Choose& choose) {
  add_explain(app, to.explain, choose);
  CLI::App* orders = add_past<OrdersCommand>(
      app, to.past, choose, "orders", "what was ordered, with its state, age, price and numbers",
      "An order number is there when a payment was involved; the request id is what the "
      "provider's\n"
      "support asks for. \"~\" marks money that is set aside and not charged yet.\n\n"
      "  penstock orders --open\n"
      "  penstock orders edge-sin-1 --since 30d --json");
  orders->add_flag("--open", to.past.open, "only those that something is still to come of");
  add_past<HistoryCommand>(app, to.past, choose, "history",
                           "what was decided and what happened, in order of time",
                           "A line for every decision that differed from the one before, and for "
                           "pauses, drift, alarms,\n"
                           "charges and reloads.\n\n"
                           "  penstock history --since 24h\n"
                           "  penstock history edge-sin-1 --limit 200");
  add_override(app, to.pin, choose);
  add_approve(app, to.approve, choose);
  add_journals(app, to.journal, choose);
  add_init(app, to.init, choose);
  add_report(app, to.report, choose);
  add_doctor(app, to.doctor, choose);
  add_support(app, to.support, choose);
  add_reference(app, to.reference, choose);
}

}  // namespace penstock
