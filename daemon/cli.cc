#include "daemon/cli.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/cli_complaint.h"
#include "daemon/cli_operator.h"
#include "daemon/cli_parts.h"
#include "daemon/exit_code.h"

namespace penstock {
namespace {

std::string default_config() {
  const char* from_environment = std::getenv("PENSTOCK_CONFIG");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment
                                                                  : "/etc/penstock/penstock.toml";
}

/// Owns what CLI11 writes into while it parses.
struct Commands {
  std::string config;  ///< of check, where it is optional
  RunCommand run;
  CheckCommand check;
  PlanCommand plan;
  StatusCommand status;
  PauseCommand pause, resume;
  BacktestOptions backtest;
  SandboxOptions sandbox;
  OperatorCommands operator_commands;
  SimulateOptions simulate;
  Parsed parsed;
};

void add_daemon_commands(CLI::App& app, Commands& to) {
  CLI::App* run = add_command(
      app, "run", "the daemon: reads traffic, decides, orders, tells",
      "Nothing is ordered for an instance unless an enforcing policy matches it; the default mode\n"
      "of a policy is \"observe\". SIGTERM stops between steps, SIGHUP reloads the configuration "
      "or\n"
      "keeps the old one and says why. Logs go to stderr.\n\n"
      "  penstock check && penstock run --config penstock.toml");
  add_config(run, to.run.config);
  run->add_flag("--debug", to.run.debug, "log every tick");
  run->callback([&to] { to.parsed.command = to.run; });

  CLI::App* check = add_command(
      app, "check", "validates configuration and policies",
      "Reports every error in one pass: file:line:column, the line, a caret, and a suggestion.\n\n"
      "  penstock check                       the configuration in force and its policies\n"
      "  penstock check policies.d/edge.toml  one policy file, or a folder of them");
  add_config(check, to.config);
  add_json(check, to.check.json);
  check
      ->add_option("path", to.check.options.path,
                   "a policy file, a folder of policies, or a penstock.toml")
      ->type_name("PATH");
  check->callback([&to] {
    to.check.options.config = to.config;
    to.parsed.command = to.check;
  });

  CLI::App* plan = add_command(
      app, "plan", "what would be ordered now, and why; orders nothing",
      "Asks the running daemon. Without one it makes a pass of its own over the sources and the\n"
      "account, with the journal opened read-only, and says what is therefore unknown.\n\n"
      "  penstock plan --json | jq '.changes[]'");
  add_config(plan, to.plan.config);
  add_json(plan, to.plan.json);
  plan->add_flag("--own-pass", to.plan.own_pass, "do not ask the daemon");
  plan->callback([&to] { to.parsed.command = to.plan; });

  CLI::App* status = add_command(app, "status", "the running daemon's view of the fleet",
                                 "Fleet, accounts, sources, budgets, and what is held and why.\n\n"
                                 "  penstock status --instances");
  add_config(status, to.status.config);
  add_json(status, to.status.json);
  status->add_flag("--instances", to.status.instances, "a line for each instance as well");
  status->callback([&to] { to.parsed.command = to.status; });
}

void add_switch(CLI::App& app, Commands& to, PauseCommand& into, bool resume) {
  into.resume = resume;
  CLI::App* command = add_command(
      app, resume ? "resume" : "pause",
      resume ? "ends a pause, or closes an account's breaker"
             : "orders nothing for an instance, a policy, or at all",
      resume
          ? "  penstock resume --all\n"
            "  penstock resume --policy edge-prepaid"
          : "The switch for 3 a.m.: asked of the running daemon, and where that cannot be, left "
            "in\n"
            "the state folder, which is read before every order: so it works without the daemon\n"
            "and without the network. Reading traffic and showing decisions go on.\n\n"
            "  penstock pause --all --reason \"invoice looks wrong\"\n"
            "  penstock pause --instance 1234567890 --for 2h --reason \"load test\"");
  add_config(command, into.config);
  add_json(command, into.json);
  auto* target = command->add_option_group("what");
  target->add_flag("--all", into.all, "the whole fleet");
  target->add_option("--instance", into.instance, "one instance, by id")->type_name("ID");
  target->add_option("--policy", into.policy, "all instances of one policy")->type_name("NAME");
  if (resume) {
    target
        ->add_option("--account", into.account,
                     "closes an account's breaker, and believes its list")
        ->type_name("NAME");
  }
  target->require_option(1);
  if (!resume) {
    add_unit<Duration>(
        command, "--for", parse_duration, [&into](Duration span) { into.span = span; },
        "a duration (30m, 2h, 7d)", "ends by itself after this; else it lasts until resume")
        ->type_name("DURATION");
  }
  command->add_option("--reason", into.reason, "recorded, and shown wherever the pause is")
      ->type_name("TEXT");
  command->callback([&to, &into] { to.parsed.command = into; });
}

void add_backtest_input(CLI::App* app, BacktestOptions& to) {
  const char* group = "History";
  app->add_option("--trace", to.traces, "a CSV file or a folder of *.csv[.gz]; may be given often")
      ->type_name("FILE|FOLDER")
      ->group(group);
  app->add_option("--time-column", to.time_column, "Unix seconds or RFC 3339")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(group);
  app->add_option("--value-column", to.value_column, "egress")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(group);
  app->add_option("--value-unit", to.value_unit, "mbps, kbps, bps, gbps or bytes-per-second")
      ->type_name("UNIT")
      ->capture_default_str()
      ->group(group);
  app->add_option("--scale-mean", to.scale_mean,
                  "multiply each series to this mean, so that all weigh the same")
      ->type_name("MBPS")
      ->group(group);
}

void add_backtest_prometheus(CLI::App* app, BacktestOptions& to) {
  const char* group = "History from Prometheus, instead of or beside --trace";
  const auto text = [&](const char* name, std::string& into, const char* type, const char* help) {
    return app->add_option(name, into, help)->type_name(type)->capture_default_str()->group(group);
  };
  text("--prometheus", to.prometheus, "URL", "its base URL; asked for a range, piece by piece");
  text("--query", to.query, "QUERY",
       "one series for each instance, in --value-unit, such as\n"
       "8 * sum by (instance_id) (rate(node_network_transmit_bytes_total[5m]))");
  text("--key", to.key, "LABEL", "names the series");
  text("--from", to.from, "TIME", "RFC 3339, Unix seconds, or a duration before --to, such as 90d");
  text("--to", to.to, "TIME", "[now]");
  text("--step", to.step, "DURATION", "between samples; the query's own range should be as long");
  text("--basic-user", to.basic_user, "NAME", "with --basic-password-file");
  text("--basic-password-file", to.basic_password_file, "FILE", "readable by its owner alone");
  text("--bearer-token-file", to.bearer_token_file, "FILE", "readable by its owner alone");
  app->add_option("--header", to.headers, "\"NAME: VALUE\", no secrets; may be given often")
      ->type_name("TEXT")
      ->group(group);
  text("--ca-file", to.ca_file, "FILE", "certificates to trust instead of the system's");
  text("--client-cert-file", to.client_cert_file, "FILE", "with --client-key-file");
  text("--client-key-file", to.client_key_file, "FILE", "");
  text("--timeout", to.timeout, "DURATION", "of one request");
}

void add_backtest_money(CLI::App* app, BacktestOptions& to) {
  const char* group = "Billing";
  const auto text = [&](const char* name, std::string& into, const char* type, const char* help) {
    app->add_option(name, into, help)->type_name(type)->capture_default_str()->group(group);
  };
  text("--billing", to.billing, "MODEL", "prepaid, postpaid, burst95 or package");
  text("--cycle", to.cycle, "DURATION", "the term: prepaid renews, a package starts anew");
  text("--unit-price", to.unit_price, "PRICE", "per Mbps and 30 days");
  text("--price-steps", to.price_steps, "LIST",
       "stepped prices, as 0=2.00,100=1.50: from each size on");
  text("--steps-mode", to.steps_mode, "MODE",
       "marginal, or volume: all at the reached step's price");
  app->add_option("--included", to.included, "free bandwidth")
      ->type_name("MBPS")
      ->capture_default_str()
      ->group(group);
  text("--commit", to.commit, "MBPS", "burst95: billed at least");
  text("--package-gb", to.package_gigabytes, "GB", "package: included in each cycle");
  text("--package-price", to.package_price, "PRICE", "package: of each cycle");
  text("--overage-price", to.overage_price, "PRICE",
       "package: of each GB beyond it\n[to compare with: a hundredth of --unit-price]");
  app->add_flag("--compare-billing", to.compare_billing,
                "what the same traffic costs under each model: prepaid and postpaid with\n"
                "the policy, 95th and package with an open cap; each also in hindsight")
      ->group(group);
  text("--postpaid-price", to.postpaid_price, "PRICE",
       "to compare with, per Mbps and 30 days [--unit-price]");
  text("--burst95-price", to.burst95_price, "PRICE",
       "to compare with, per Mbps of the 95th and month [--unit-price]");
}

void add_backtest_game(CLI::App* app, BacktestOptions& to) {
  const char* group = "Replay";
  const auto text = [&](const char* name, std::string& into, const char* type, const char* help) {
    app->add_option(name, into, help)->type_name(type)->capture_default_str()->group(group);
  };
  app->add_option("--policy", to.policy,
                  "a policy file; its economic rules take the throttle weight from here\n"
                  "[the shipped economic.toml]")
      ->type_name("FILE")
      ->group(group);
  app->add_option("--policy-name", to.policy_name, "which one, where the file has several")
      ->type_name("NAME")
      ->group(group);
  app->add_flag("--own-window", to.own_window,
                "order downgrades in the policy's own window, as the daemon has to;\n"
                "else at the term's last instant, as all contenders do")
      ->group(group);
  app->add_option("--min", to.min, "least cap")
      ->type_name("MBPS")
      ->capture_default_str()
      ->group(group);
  app->add_option("--max", to.max, "largest cap")
      ->type_name("MBPS")
      ->capture_default_str()
      ->group(group);
  text("--latency", to.latency, "DURATION", "from an order to its effect");
  app->add_option("--skip-cycles", to.skip_cycles, "cycles for learning, not scored")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app->add_option("--throttle-weight", to.weights,
                  "one throttled Mbps counts as so many paid ones: 20 is thrifty,\n"
                  "500 anxious; may be given often [100]")
      ->type_name("WEIGHT")
      ->group(group);
  text("--contenders", to.contenders, "LIST",
       "all, none, or names with commas: static-peak, review, hpa-T, nomad-T,\n"
       "awstt-T, step-P, vpa, break-even");
}

void add_backtest(CLI::App& app, Commands& to) {
  CLI::App* backtest = add_command(
      app, "backtest",
      "replays history under a policy and other autoscalers, and shows what each costs",
      "Each series is replayed sample by sample through the daemon's own decision; only what the "
      "cap\n"
      "let through is seen, as in life. The bill and the throttling give one loss:\n"
      "  loss = bill + weight x unit price x throttled Mbps x time / 30 days\n"
      "RATIO is the loss over that of the best cap path which knows the future; 1.00 cannot be\n"
      "beaten. THROTTLED is the share of bits that did not fit, SATURATED the time it lasted.\n\n"
      "  penstock backtest --trace edge.csv --policy policies.d/edge.toml --unit-price 2\n"
      "  penstock backtest --trace traces/ --scale-mean 100 --throttle-weight 20 \\\n"
      "      --throttle-weight 100 --contenders hpa-0.7,break-even --json\n"
      "  penstock backtest --trace traces/ --compare-billing --unit-price 2 --postpaid-price 3\n"
      "  penstock backtest --prometheus http://127.0.0.1:9090 --from 90d --value-unit bps \\\n"
      "      --query '8 * sum by (instance_id) (rate(node_network_transmit_bytes_total[5m]))'");
  add_backtest_input(backtest, to.backtest);
  add_backtest_prometheus(backtest, to.backtest);
  add_backtest_money(backtest, to.backtest);
  add_backtest_game(backtest, to.backtest);
  add_json(backtest, to.backtest.json);
  backtest
      ->add_option("--html", to.backtest.html,
                   "also a page with charts, in one file that needs no network")
      ->type_name("FILE");
  backtest->add_flag("--progress", to.backtest.progress,
                     "one line for each series on stderr, also when it is no terminal");
  backtest->add_option("--jobs", to.backtest.jobs, "series at a time [one for each processor]")
      ->type_name("N");
  backtest->callback([&to] { to.parsed.command = to.backtest; });
}

void add_sandbox(CLI::App& app, Commands& to) {
  CLI::App* sandbox = add_command(
      app, "sandbox", "a local API that behaves like the provider's, with live demand",
      "Signatures, states, orders, bills and errors are the provider's; a month is shrunk to\n"
      "minutes. Key id \"sandbox-id\", password \"sandbox-password\", token \"sandbox-token\".\n"
      "GET / says what else it serves: counters, the ledger, demand and faults to set.\n\n"
      "  penstock sandbox --month 4m --instances 12");
  sandbox->add_option("--listen", to.sandbox.listen, "HOST:PORT; port 0 = any free one")
      ->capture_default_str();
  sandbox->add_option("--instances", to.sandbox.instances, "how many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  add_unit<Duration>(
      sandbox, "--month", parse_duration, [&to](Duration month) { to.sandbox.month = month; },
      "a duration (4m, 1h)",
      "how long a month lasts; terms end with it, bills are for 30 days [4m]");
  add_unit<Duration>(
      sandbox, "--processing", parse_duration,
      [&to](Duration span) { to.sandbox.processing = span; }, "a duration (5s)",
      "how long a change takes [5s]");
  sandbox->add_option("--trace", to.sandbox.trace, "CSV of timestamp,mbps that drives the demand")
      ->type_name("CSV");
  sandbox->add_flag("--hostile-names", to.sandbox.hostile_names,
                    "instances are called by what could harm a page, terminal or spreadsheet");
  sandbox->callback([&to] { to.parsed.command = to.sandbox; });
}

void add_simulate(CLI::App& app, Commands& to) {
  SimulateOptions& options = to.simulate;
  CLI::App* simulate = add_command(
      app, "simulate", "a seeded month of faults, bills and demand; every promise is checked",
      "The production loop and journal in a world made of a seed: a cloud with bills and terms,\n"
      "demand, and faults of every kind. The same arguments print the same text. What fails is\n"
      "shrunk to the fewest faults and the shortest time that still fail.\n\n"
      "  penstock simulate --seed 7 --days 30 --policies policies.d");
  simulate->add_option("--seed", options.seed, "of the world")->capture_default_str();
  simulate->add_option("--seeds", options.seeds, "so many worlds, from --seed on")
      ->capture_default_str();
  simulate->add_option("--days", options.days, "how long each lasts")->capture_default_str();
  simulate->add_option("--instances", options.instances, "in each fleet")->capture_default_str();
  simulate
      ->add_option("--policies", options.policies,
                   "own policies, a folder or a file: they own the simulated fleet in turn,\n"
                   "whatever they match, and enforce; their traffic is the simulated one")
      ->type_name("DIR");
  simulate
      ->add_option("--trace", options.traces,
                   "recorded demand, a CSV file or a folder of *.csv[.gz]: two of three\n"
                   "instances replay a part of one, scaled to their size; may be given often")
      ->type_name("FILE|FOLDER");
  simulate->add_option("--faults-per-day", options.faults_per_day, "how much goes wrong")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  simulate
      ->add_option("--faults", options.faults,
                   "of the drawn faults only these: numbers, \"all\" or \"none\"")
      ->capture_default_str();
  add_unit<Duration>(
      simulate, "--stop-after", parse_duration, [&](Duration span) { options.stop_after = span; },
      "a duration (36h)", "end each world early, as a replay of a failure does");
  simulate->add_flag("--events", options.events, "print everything that happens");
  simulate->add_flag("--twice", options.twice, "run each world twice: both must be the same");
  simulate->add_flag("--timing", options.timing, "also say how long it took");
  simulate->callback([&to] { to.parsed.command = to.simulate; });
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  Commands to;
  for (std::string* config : {&to.run.config, &to.config, &to.plan.config, &to.status.config,
                              &to.pause.config, &to.resume.config}) {
    *config = default_config();
  }
  for (std::string* config : to.operator_commands.configs()) *config = default_config();
  CLI::App app{
      "Penstock sizes the public egress bandwidth of Zenlayer instances: it reads traffic,\n"
      "decides by policy, orders the change, and says what it did and why."};
  app.name("penstock");
  app.set_version_flag("--version", std::string("penstock ") + PENSTOCK_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  add_daemon_commands(app, to);
  add_switch(app, to, to.pause, false);
  add_switch(app, to, to.resume, true);
  add_operator_commands(app, to.operator_commands,
                        [&to](Command command) { to.parsed.command = std::move(command); });
  add_backtest(app, to);
  add_sandbox(app, to);
  add_simulate(app, to);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version are thrown as well
      app.exit(error);
      to.parsed.exit_code = kExitDone;
    } else {
      std::fputs(complaint(app, error).c_str(), stderr);
      to.parsed.exit_code = kExitUsage;
    }
  }
  return to.parsed;
}

}  // namespace penstock
