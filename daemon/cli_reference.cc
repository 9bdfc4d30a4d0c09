#include "daemon/cli_reference.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "daemon/cli_parts.h"
#include "daemon/config.h"
#include "daemon/json_schema.h"
#include "policies/policy_file.h"

namespace penstock {
namespace {

struct OptionDoc {
  std::string name;   ///< "--json", or a positional's type
  std::string value;  ///< "FILE"; "" for a flag
  std::string help;
  bool positional = false;
  bool required = false;
};

struct CommandDoc {
  std::string name, what, teach;
  std::vector<OptionDoc> options;
  std::vector<CommandDoc> parts;  ///< "journal backup", …
};

std::string joined(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

void collect(const CLI::App& app, std::vector<OptionDoc>& out) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string type = option->get_items_expected_max() == 0 ? "" : option->get_type_name();
    const std::string help = joined(option->get_description());
    if (option->get_positional()) {
      out.push_back({type, type, help, true, option->get_required()});
    } else if (!option->get_lnames().empty()) {
      out.push_back(
          {"--" + option->get_lnames().front(), type, help, false, option->get_required()});
    }
  }
}

CommandDoc document(const CLI::App& command, const std::string& name) {
  CommandDoc doc{name, joined(command.get_description()), command.get_footer(), {}, {}};
  if (const std::size_t codes = doc.teach.find(kExitCodes); codes != std::string::npos) {
    doc.teach.erase(codes);
  }
  while (doc.teach.ends_with('\n')) doc.teach.pop_back();
  std::vector<OptionDoc> all;
  collect(command, all);
  for (const CLI::App* part : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (part->get_name().empty()) {
      collect(*part, all);  // a group of options
    } else {
      doc.parts.push_back(document(*part, name + " " + part->get_name()));
    }
  }
  // The library lists what is in a group twice, and --help everywhere.
  for (OptionDoc& option : all) {
    if (option.name == "--help") continue;
    if (std::ranges::find(doc.options, option.name, &OptionDoc::name) == doc.options.end()) {
      doc.options.push_back(std::move(option));
    }
  }
  return doc;
}

std::vector<CommandDoc> commands_of(const CLI::App& app) {
  std::vector<CommandDoc> out;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_name().empty()) out.push_back(document(*command, command->get_name()));
  }
  return out;
}

/// A command's own options and those of its parts: what may follow its name.
std::vector<OptionDoc> with_parts(const CommandDoc& command) {
  std::vector<OptionDoc> out = command.options;
  for (const CommandDoc& part : command.parts) {
    for (const OptionDoc& option : part.options) {
      if (std::ranges::find(out, option.name, &OptionDoc::name) == out.end()) {
        out.push_back(option);
      }
    }
  }
  return out;
}

bool takes_file(const OptionDoc& option) {
  for (const char* word : {"FILE", "FOLDER", "CSV", "PATH"}) {
    if (option.value.find(word) != std::string::npos) return true;
  }
  return false;
}

/// The words of one command as a shell's assignments: options, those with a file, with a value.
std::string bash_case(const CommandDoc& command) {
  std::string options = "--help", files, values, parts;
  bool file_argument = false;
  for (const OptionDoc& option : with_parts(command)) {
    if (option.positional) {
      file_argument = file_argument || takes_file(option);
      continue;
    }
    options += " " + option.name;
    if (option.value.empty()) continue;
    std::string& list = takes_file(option) ? files : values;
    list += (list.empty() ? "" : " ") + option.name;
  }
  for (const CommandDoc& part : command.parts) {
    parts += (parts.empty() ? "" : " ") + part.name.substr(part.name.find(' ') + 1);
  }
  return "    " + command.name + ")\n      options=\"" + options + "\" files=\"" + files +
         "\" values=\"" + values + "\" parts=\"" + parts +
         "\" path=" + (file_argument ? "yes" : "") + " ;;\n";
}

std::string bash_completion(const std::vector<CommandDoc>& commands) {
  std::string names, cases;
  for (const CommandDoc& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += bash_case(command);
  }
  return "# bash completion of penstock; written by `penstock reference bash`.\n"
         "_penstock() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local options='' files='' values='' parts='' path='' words=''\n"
         "  COMPREPLY=()\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    words=\"" +
         names +
         " --help --version\"\n"
         "  elif [[ \" $files \" == *\" $before \"* ]]; then\n"
         "    path=yes\n"
         "  elif [[ \" $values \" == *\" $before \"* ]]; then\n"
         "    return\n"
         "  elif [[ $current == -* ]]; then\n"
         "    words=$options path=\n"
         "  elif [ \"$COMP_CWORD\" -eq 2 ] && [ -n \"$parts\" ]; then\n"
         "    words=$parts path=\n"
         "  fi\n"
         "  if [ -n \"$words\" ]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  elif [ -n \"$path\" ]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    compopt -o filenames 2>/dev/null\n"
         "  fi\n"
         "}\n"
         "complete -F _penstock penstock\n";
}

/// For single quotes in a zsh specification.
std::string zsh_quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += std::string("\\") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_completion(const std::vector<CommandDoc>& commands) {
  std::string out =
      "#compdef penstock\n# zsh completion of penstock; written by `penstock reference zsh`.\n"
      "_penstock() {\n  local -a commands\n  commands=(\n";
  for (const CommandDoc& command : commands) {
    out += "    '" + command.name + ":" + zsh_quoted(command.what) + "'\n";
  }
  out +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const CommandDoc& command : commands) {
    out += "    " + command.name + ")\n      _arguments";
    std::string parts;
    for (const CommandDoc& part : command.parts) {
      parts += (parts.empty() ? "" : " ") + part.name.substr(part.name.find(' ') + 1);
    }
    if (!parts.empty()) out += " \\\n        '1:part:(" + parts + ")'";
    for (const OptionDoc& option : with_parts(command)) {
      const std::string action = takes_file(option) ? "_files" : " ";
      if (option.positional) {
        out += " \\\n        '::" + zsh_quoted(option.value) + ":" + action + "'";
      } else if (option.value.empty()) {
        out += " \\\n        '" + option.name + "[" + zsh_quoted(option.help) + "]'";
      } else {
        out += " \\\n        '" + option.name + "=[" + zsh_quoted(option.help) +
               "]:" + zsh_quoted(option.value) + ":" + action + "'";
      }
    }
    out += "\n      ;;\n";
  }
  return out + "  esac\n}\n_penstock \"$@\"\n";
}

/// Text for roff: a backslash and a leading dot mean something there.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '"') {
      out += "\\(dq";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string roff_block(const std::string& text) {
  return ".nf\n" + roff(text) + "\n.fi\n";
}

std::string title(const char* name, const char* section, const char* what) {
  return std::string(".\\\" Written by `penstock reference`; do not edit.\n.TH ") + name + " " +
         section + " \"\" \"penstock " + PENSTOCK_VERSION + "\" \"Penstock\"\n.SH NAME\n" +
         roff(what) + "\n";
}

std::string man_command(const CommandDoc& command) {
  std::string out = ".SS penstock " + roff(command.name);
  for (const OptionDoc& option : command.options) {
    if (option.positional) {
      out += option.required ? " " + option.value : " [" + option.value + "]";
    }
  }
  out += "\n" + roff(command.what) + ".\n";
  for (const OptionDoc& option : command.options) {
    out += ".TP\n.B " + roff(option.name);
    if (!option.positional && !option.value.empty()) out += " \\fI" + roff(option.value) + "\\fR";
    out += "\n" + roff(option.help) + "\n";
  }
  if (!command.teach.empty()) out += ".PP\n" + roff_block(command.teach);
  for (const CommandDoc& part : command.parts) out += man_command(part);
  return out;
}

std::string man_page(const std::vector<CommandDoc>& commands, const std::string& about) {
  std::string out =
      title("PENSTOCK", "1", "penstock - sizes the public egress bandwidth of Zenlayer instances");
  out += ".SH SYNOPSIS\n.B penstock\n.I COMMAND\n[\n.I OPTIONS\n]\n.SH DESCRIPTION\n" +
         roff(about) + "\n.SH COMMANDS\n";
  for (const CommandDoc& command : commands) out += man_command(command);
  out += ".SH EXIT STATUS\n" + roff(kExitCodes) + "\n";
  out +=
      ".SH FILES\n.TP\n.I /etc/penstock/penstock.toml\nthe configuration; see penstock.toml(5)\n"
      ".TP\n.I /etc/penstock/policies.d/*.toml\nthe policies; see penstock\\-policy(5)\n"
      ".TP\n.I /var/lib/penstock\nthe journal, the history of traffic, pauses and overrides\n"
      ".SH ENVIRONMENT\n.TP\n.B PENSTOCK_CONFIG\nthe configuration, where \\-\\-config does not "
      "name one\n.TP\n.B NO_COLOR\nplain tables on a terminal too\n"
      ".SH SEE ALSO\npenstock.toml(5), penstock\\-policy(5), /usr/share/doc/penstock/deploy.md\n";
  return out;
}

std::string man_sections(const std::vector<SectionDoc>& sections, std::string out) {
  for (const SectionDoc& section : sections) {
    out += ".SH \"" + roff(section.name.empty() ? "at the top" : joined(section.name)) + "\"\n";
    for (const KeyDoc& key : section.keys) {
      out += ".TP\n.B " + roff(key.key) + "\n" + roff(key.type);
      out += key.fallback == "required" ? "; required" : "; default " + roff(key.fallback);
      out += ".\n" + (key.effect.empty() ? std::string() : roff(joined(key.effect)) + ".\n");
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> reference_kinds() {
  return {"bash", "zsh", "man", "man-config", "man-policy", "schema-config", "schema-policy"};
}

std::string reference_text(std::string_view kind, const CLI::App& app) {
  if (kind == "schema-config") return config_json_schema();
  if (kind == "schema-policy") return policy_json_schema();
  if (kind == "man-config") {
    return man_sections(
        config_reference(),
        title("PENSTOCK.TOML", "5", "penstock.toml - configuration of penstock") +
            ".SH DESCRIPTION\nTOML. /etc/penstock/penstock.toml, as installed, explains every key "
            "in its place.\n");
  }
  if (kind == "man-policy") {
    return man_sections(policy_reference(),
                        title("PENSTOCK\\-POLICY", "5", "penstock-policy - policies of penstock") +
                            ".SH DESCRIPTION\nTOML files in the folder that \\fBpolicies\\fR in "
                            "penstock.toml(5) names. /usr/share/doc/penstock/policies.md is their "
                            "manual.\n");
  }
  const std::vector<CommandDoc> commands = commands_of(app);
  if (kind == "bash") return bash_completion(commands);
  if (kind == "zsh") return zsh_completion(commands);
  return man_page(commands, app.get_description());
}

}  // namespace penstock
